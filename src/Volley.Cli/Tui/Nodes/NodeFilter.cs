using System.Globalization;

namespace Volley.Cli.Tui.Nodes;

/// <summary>
/// A filter for a list of nodes. Its text is a list of words, all of which must match: <c>state:failed</c>, <c>exit:3</c>, a host
/// expression such as <c>web[1-20]</c>, or text in the name or the last line.
/// </summary>
internal sealed class NodeFilter
{
    private readonly List<Func<NodeState, bool>> _conditions = [];

    private NodeFilter(string text)
    {
        Text = text;
    }

    public static NodeFilter None { get; } = new("");

    /// <summary>The text as the user typed it.</summary>
    public string Text { get; }

    /// <summary>The error in the text; null if there is none.</summary>
    public string? Error { get; private set; }

    public static NodeFilter Parse(string text)
    {
        var filter = new NodeFilter(text);
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            filter._conditions.Add(filter.Condition(word));
        return filter;
    }

    public bool Matches(NodeState node)
    {
        foreach (var condition in _conditions)
        {
            if (!condition(node))
                return false;
        }

        return true;
    }

    private Func<NodeState, bool> Condition(string word)
    {
        if (word.StartsWith("state:", StringComparison.OrdinalIgnoreCase))
            return State(word["state:".Length..].ToLowerInvariant());
        if (word.StartsWith("exit:", StringComparison.OrdinalIgnoreCase))
            return Exit(word["exit:".Length..]);
        // Host expressions that name a file or standard input are treated as text: a filter must not read them.
        var isHosts = word.AsSpan().ContainsAny('[', ',') && !word.Contains('^') && word is not "-";
        return isHosts && Hosts(word) is { } hosts ? hosts : Contains(word);
    }

    private Func<NodeState, bool> State(string name)
    {
        var phases = NodePhases.All.Where(phase => name.Length > 0 && GetName(phase).StartsWith(name, StringComparison.Ordinal)).ToHashSet();
        // "failed" covers every failure except a cancellation.
        if (phases.Contains(NodePhase.Failed))
            phases.UnionWith([NodePhase.Unreachable, NodePhase.TimedOut]);
        if (name is "done")
            phases.UnionWith(NodePhases.All.Where(NodePhases.IsDone));
        if (phases.Count == 0)
            Error = $"state: is one of {string.Join(' ', NodePhases.All.Select(GetName))} done";
        return node => phases.Contains(node.Phase);
    }

    /// <summary>Returns the name of a phase as one word.</summary>
    private static string GetName(NodePhase phase) => NodePhases.GetName(phase).Replace(" ", "", StringComparison.Ordinal);

    private Func<NodeState, bool> Exit(string number)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
        {
            Error = "exit: takes a number, as in exit:3";
            return _ => false;
        }

        return node => node.Result is { } result && (result.ExitCode ?? result.Code) == code;
    }

    private static Func<NodeState, bool>? Hosts(string expression)
    {
        try
        {
            var names = HostList.Parse(expression).Select(target => target.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            return node => names.Contains(node.Target.Label) || names.Contains(node.Target.Name) || names.Contains(node.Target.Host);
        }
        catch (HostListException)
        {
            // The expression is incomplete, or it is plain text.
            return null;
        }
    }

    private static Func<NodeState, bool> Contains(string text) => node =>
        node.Target.Label.Contains(text, StringComparison.OrdinalIgnoreCase) || node.LastLine.Contains(text, StringComparison.OrdinalIgnoreCase);
}
