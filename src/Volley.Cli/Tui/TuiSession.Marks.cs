using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Tui.Nodes;
using Volley.Cli.Tui.Views;

namespace Volley.Cli.Tui;

/// <summary>Which nodes are marked, and what is done with them.</summary>
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
        Say(_marked.Count == 0 ? "nothing is marked" : string.Create(CultureInfo.InvariantCulture, $"{_marked.Count} marked"));
    }

    private void OpenSplit()
    {
        var nodes = MarkedNodes();
        if (nodes.Length is < 2 or > SplitView.Most)
            Say(string.Create(CultureInfo.InvariantCulture, $"s shows 2 to 4 marked nodes, {nodes.Length} are: space marks"));
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
            Say("d compares 2 marked nodes, or groups: space marks");
    }

    private void Cancel()
    {
        var nodes = MarkedNodes().Where(node => !NodePhases.IsDone(node.Phase)).ToImmutableArray();
        if (nodes.Length == 0)
        {
            Say(_marked.Count == 0 ? "no node is marked: space marks" : "the marked nodes are done");
            return;
        }

        foreach (var node in nodes)
            _commands.Cancel(node.Target);
        Say(string.Create(CultureInfo.InvariantCulture, $"canceling {nodes.Length}"));
    }

    private void RunAgain()
    {
        var nodes = MarkedNodes().Where(node => NodePhases.IsDone(node.Phase)).ToImmutableArray();
        if (_commands.CannotRepeat is { } reason)
        {
            Say(reason);
        }
        else if (nodes.Length == 0)
        {
            Say(_marked.Count == 0 ? "no node is marked: space marks" : "the marked nodes are not done");
        }
        else
        {
            State.Requeue(nodes);
            _commands.Again([.. nodes.Select(node => node.Target)]);
            Say(string.Create(CultureInfo.InvariantCulture, $"running {nodes.Length} again"));
        }
    }

    private void BeginWrite()
    {
        var nodes = MarkedNodes();
        if (nodes.Length == 0)
        {
            Say("no node is marked: space marks");
            return;
        }

        _prompt = new Prompt(string.Create(CultureInfo.InvariantCulture, $"write {nodes.Length} to folder: "), "volley-output", folder =>
        {
            if (folder.Length == 0)
                return;
            Say("writing...");
            _commands.Write(folder, nodes, Say);
        });
    }

    private ImmutableArray<NodeState> MarkedNodes() => [.. _marked.OrderBy(node => node.Target.Index)];
}
