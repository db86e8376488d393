using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>A live list of groups of nodes with the same output and result, the largest first.</summary>
internal sealed class GroupsView(TuiSession session) : IView
{
    private readonly ScrollCursor _scroll = new();
    private List<NodeGroup> _groups = [];
    private long _version = -1;
    private NodeState? _at;

    public string Title => "groups";

    public string Hints => "Enter output, again: nodes  space mark  d diff  r rerun  c cancel  w write  Esc back";

    public NodeState? Current => CurrentGroup?.First;

    public IReadOnlyList<NodeState> Selected => CurrentGroup is { } group ? group.Nodes : [];

    public bool IsDetail => false;

    /// <summary>The group under the cursor.</summary>
    public NodeGroup? CurrentGroup
    {
        get
        {
            Update();
            return _groups.Count == 0 ? null : _groups[Math.Min(_scroll.Index, _groups.Count - 1)];
        }
    }

    /// <summary>The groups whose nodes are all marked, in order.</summary>
    public ImmutableArray<NodeGroup> MarkedGroups
    {
        get
        {
            Update();
            return [.. _groups.Where(IsMarked)];
        }
    }

    public void Draw(Canvas canvas)
    {
        Update();
        _scroll.Fit(_groups.Count, canvas.Height - 1);
        var count = _groups.Sum(group => group.Nodes.Length);
        var header = string.Create(CultureInfo.InvariantCulture, $"{_groups.Count} different results of {count} nodes");
        canvas.Write(0, 0, header, new Look(Tone.Faint, IsBold: true));
        for (var y = 1; y < canvas.Height && _scroll.Top + y - 1 is var place && place < _groups.Count; y++)
        {
            DrawGroup(canvas, y, _groups[place]);
            if (place == _scroll.Index)
                canvas.Paint(y, look => look with { IsReverse = true });
        }
    }

    public bool Press(string key)
    {
        Update();
        if (_scroll.Press(key, _groups.Count))
        {
            _at = CurrentGroup?.First;
            return true;
        }

        switch (key)
        {
            case "Enter" when CurrentGroup is { } group:
                session.OpenGroup(group);
                return true;
            case "Space" when CurrentGroup is { } group:
                session.Mark(group.Nodes, !IsMarked(group));
                _scroll.Press("Down", _groups.Count);
                _at = CurrentGroup?.First;
                return true;
            default:
                return false;
        }
    }

    public bool Click(int x, int y)
    {
        Update();
        if (y == 0 || !_scroll.TryPlaceIn(y - 1, _groups.Count, out var place))
            return false;
        _scroll.Index = place;
        _at = CurrentGroup?.First;
        return true;
    }

    /// <summary>Recomputes the groups after a change. The cursor stays on its node when groups appear, vanish or move.</summary>
    private void Update()
    {
        if (_version == session.State.Version)
            return;
        _version = session.State.Version;
        _groups = NodeGroup.Group(session.State.Nodes);
        if (_at is not null && _groups.FindIndex(group => group.Nodes.Contains(_at)) is >= 0 and var index)
            _scroll.Index = index;
    }

    private bool IsMarked(NodeGroup group) => group.Nodes.All(session.IsMarked);

    private void DrawGroup(Canvas canvas, int y, NodeGroup group)
    {
        var tone = NodeLook.GetTone(group.First.Phase);
        if (IsMarked(group))
            canvas.Write(0, y, "*", new Look(Tone.Pending, IsBold: true));
        canvas.WriteRight(7, y, group.Nodes.Length.ToString(CultureInfo.InvariantCulture), new Look(Tone.Plain, IsBold: true));
        var x = canvas.WriteCut(9, y, group.Names, Tone.Name, Math.Max(20, canvas.Width / 2)) + 2;
        x = canvas.Write(x, y, group.Cause, tone) + 2;
        canvas.Write(x, y, NodeLook.GetLastLine(group.First), Tone.Faint);
    }
}
