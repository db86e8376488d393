using System.Collections.Immutable;

namespace Volley.Cli.Tui.Nodes;

/// <summary>A sorted and filtered list of nodes with a cursor. The cursor stays on its node when the order changes.</summary>
/// <param name="state">The run.</param>
/// <param name="only">The nodes to list; null for all.</param>
internal sealed class NodeList(TuiState state, ImmutableArray<NodeState>? only = null)
{
    private List<NodeState>? _shown;
    private long _version = -1;
    private int _lastIndex;

    public NodeFilter Filter
    {
        get;
        set
        {
            field = value;
            _shown = null;
        }
    } = NodeFilter.None;

    public NodeColumn Column { get; private set; } = NodeColumn.Rank;

    public bool IsReverse { get; private set; }

    /// <summary>The node under the cursor; null if the list is empty.</summary>
    public NodeState? Current { get; private set; }

    /// <summary>The nodes that match the filter, in order.</summary>
    public IReadOnlyList<NodeState> Shown
    {
        get
        {
            // Durations change without an event.
            var isStale = _shown is null || _version != state.Version || (Column == NodeColumn.Time && state.Running > 0);
            if (isStale)
            {
                _version = state.Version;
                _shown = NodeOrder.Sort((only ?? state.Nodes).Where(Filter.Matches), Column, IsReverse);
                if (Current is null || !_shown.Contains(Current))
                    Current = _shown.Count == 0 ? null : _shown[Math.Clamp(_lastIndex, 0, _shown.Count - 1)];
            }

            return _shown!;
        }
    }

    /// <summary>The index of the cursor in <see cref="Shown"/>; -1 if the list is empty.</summary>
    public int Index => Current is null ? -1 : ((List<NodeState>)Shown).IndexOf(Current);

    /// <summary>Whether a node belongs to the list and matches its filter.</summary>
    public bool Contains(NodeState node) => (only is not { } nodes || nodes.Contains(node)) && Filter.Matches(node);

    public int Total => only?.Length ?? state.Nodes.Length;

    public void MoveTo(int index)
    {
        if (Shown.Count == 0)
            return;
        _lastIndex = Math.Clamp(index, 0, Shown.Count - 1);
        Current = Shown[_lastIndex];
    }

    public void MoveTo(NodeState node)
    {
        if (((List<NodeState>)Shown).IndexOf(node) is >= 0 and var index)
            MoveTo(index);
    }

    /// <summary>Sorts by a column, or reverses the order if the list is sorted by that column already.</summary>
    public void SortBy(NodeColumn column)
    {
        IsReverse = column == Column && !IsReverse;
        Column = column;
        _shown = null;
    }

    /// <summary>Reverses the order.</summary>
    public void Reverse()
    {
        IsReverse = !IsReverse;
        _shown = null;
    }
}
