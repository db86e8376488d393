using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Output;
using Volley.Cli.Tui.Nodes;
using Volley.Cli.Tui.Views;

namespace Volley.Cli.Tui;

/// <summary>The marked nodes and the commands that act on them.</summary>
internal sealed partial class TuiSession
{
    private readonly HashSet<NodeState> _marked = [];

    public bool IsMarked(NodeState node) => _marked.Contains(node);

    public void Mark(IEnumerable<NodeState> nodes, bool isMarked)
    {
        if (isMarked)
            _marked.UnionWith(nodes);
        else
            _marked.ExceptWith(nodes);
        ShowMessage(_marked.Count == 0 ? "nothing is marked" : string.Create(CultureInfo.InvariantCulture, $"{_marked.Count} marked"));
    }

    private void OpenSplit()
    {
        var nodes = MarkedNodes();
        if (nodes.Length is < 2 or > SplitView.MaxNodes)
            ShowMessage(string.Create(CultureInfo.InvariantCulture, $"s shows 2 to 4 marked nodes, {nodes.Length} are marked"));
        else
            Open(new SplitView(this, nodes));
    }

    private void OpenDiff()
    {
        if (View is GroupsView { MarkedGroups: [var first, var second] })
        {
            Open(new DiffView(first.First, first.Names, second.First, second.Names));
            return;
        }

        if (MarkedNodes() is [var before, var after])
            Open(new DiffView(before, before.Target.Label, after, after.Target.Label));
        else
            ShowMessage("d compares 2 marked nodes or groups: space marks one");
    }

    private void Cancel() => Act(
        node => !NodePhases.IsDone(node.Phase), "done already", "cancel",
        nodes =>
        {
            foreach (var node in nodes)
                _commands.Cancel(node.Target);
            ShowMessage($"canceling {Naming(nodes)}");
        });

    private void RerunNodes()
    {
        if (_commands.CannotRepeat is { } reason)
        {
            ShowMessage(reason);
            return;
        }

        Act(
            node => NodePhases.IsDone(node.Phase), "not done yet", "run again",
            nodes =>
            {
                State.Requeue(nodes);
                _commands.Rerun([.. nodes.Select(node => node.Target)]);
                ShowMessage($"running {Naming(nodes)} again");
            });
    }

    private void BeginWrite() => Act(
        _ => true, "", "write",
        nodes => _prompt = new Prompt($"write {Naming(nodes)} to directory: ", "volley-output", directory => Write(directory, nodes)) { IsProposal = true });

    private void Write(string directory, ImmutableArray<NodeState> nodes)
    {
        if (directory.Length == 0)
            return;
        if (ExpandHome(directory) is not { } path)
        {
            ShowMessage($"not written: {directory}: only ~ alone is expanded to the home directory");
            return;
        }

        ShowMessage("writing...");
        _commands.Write(path, nodes, ShowMessage);
    }

    /// <summary>Replaces a leading <c>~</c> by the user's home directory. Returns null for <c>~user</c>, which is not supported.</summary>
    private static string? ExpandHome(string path) => path switch
    {
        "~" or ['~', '/', ..] => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..],
        ['~', ..] => null,
        _ => path,
    };

    /// <summary>
    /// Applies an action to the marked nodes, or to the nodes under the cursor if none is marked. Asks for confirmation if a marked
    /// node is not in the current list.
    /// </summary>
    private void Act(Func<NodeState, bool> applies, string otherwise, string verb, Action<ImmutableArray<NodeState>> act)
    {
        var chosen = _marked.Count > 0 ? MarkedNodes() : [.. View.Selected];
        var nodes = chosen.Where(applies).ToImmutableArray();
        var list = (View as NodesView)?.List ?? _list;
        var hidden = _marked.Count > 0 ? nodes.Count(node => !list.Contains(node)) : 0;
        if (chosen.Length == 0)
            ShowMessage("no node is selected or marked");
        else if (nodes.Length == 0)
            ShowMessage($"{Naming(chosen)} {(chosen.Length == 1 ? "is" : "are")} {otherwise}");
        else if (hidden > 0)
            _question = new Question($"{verb}: {NumberText.Count(nodes.Length, "marked node")}, {hidden} not in the list?", () => act(nodes));
        else
            act(nodes);
    }

    /// <summary>Returns the name of a single node, or the number of several.</summary>
    private static string Naming(ImmutableArray<NodeState> nodes) => nodes is [var node] ? node.Target.Label : NumberText.Count(nodes.Length, "node");

    private ImmutableArray<NodeState> MarkedNodes() => [.. _marked.OrderBy(node => node.Target.Index)];

    private void MarkCurrent()
    {
        if (View.Current is not { } node)
            return;
        Mark([node], !IsMarked(node));
        if (View is NodesView)
            View.Press("Down");
    }

    private void MarkShown()
    {
        var shown = (View as NodesView)?.List.Shown ?? _list.Shown;
        Mark(shown, !shown.All(IsMarked));
    }
}
