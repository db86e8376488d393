using System.Globalization;
using System.Text.RegularExpressions;

namespace Volley.Cli.Tui.Nodes;

/// <summary>A column of the node list, and a sort key.</summary>
internal enum NodeColumn
{
    /// <summary>The position in the plan.</summary>
    Rank,

    /// <summary>The state, failures first.</summary>
    State,

    /// <summary>The name; digits in it compare as numbers.</summary>
    Name,

    /// <summary>The duration, longest first.</summary>
    Time,

    /// <summary>The exit code, largest first.</summary>
    Exit,

    /// <summary>The last line of output.</summary>
    LastLine,
}

/// <summary>Sorts nodes by a column.</summary>
internal static partial class NodeOrder
{
    public static List<NodeState> Sort(IEnumerable<NodeState> nodes, NodeColumn column, bool isReverse)
    {
        var sorted = column switch
        {
            NodeColumn.State => nodes.OrderBy(node => node.Phase),
            NodeColumn.Name => nodes.OrderBy(node => NameKey(node.Target.Label), StringComparer.Ordinal),
            NodeColumn.Time => nodes.OrderByDescending(node => node.Elapsed),
            NodeColumn.Exit => nodes.OrderByDescending(node => node.Result?.Code ?? -1),
            NodeColumn.LastLine => nodes.OrderBy(node => node.LastLine, StringComparer.Ordinal),
            _ => nodes,
        };
        var list = sorted.ToList();
        if (isReverse)
            list.Reverse();
        return list;
    }

    /// <summary>Returns a name with its numbers padded to equal length, so that they sort as numbers.</summary>
    private static string NameKey(string name) => Digits().Replace(name, digits => digits.Value.PadLeft(20, '0'));

    /// <summary>Returns the text of a node's exit column.</summary>
    public static string FormatExit(NodeResult? result) => result switch
    {
        null => "",
        { ExitCode: { } code } => code.ToString(CultureInfo.InvariantCulture),
        { Signal: { } signal } => signal,
        { Outcome: NodeOutcome.NotStarted } => "",
        _ => result.Code.ToString(CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
