using System.Globalization;
using Volley.Cli.Output;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>Texts and colors of a node, the same in every view.</summary>
internal static class NodeLook
{
    /// <summary>Returns the color of a phase.</summary>
    public static Tone GetTone(NodePhase phase) => phase switch
    {
        NodePhase.Succeeded => Tone.Good,
        NodePhase.Failed or NodePhase.Unreachable or NodePhase.TimedOut => Tone.Bad,
        NodePhase.Running or NodePhase.Connecting => Tone.Busy,
        NodePhase.Canceled => Tone.Pending,
        _ => Tone.Faint,
    };

    /// <summary>Returns the map cell of a node: the letter of its phase, or the tenths of the progress that its output reports.</summary>
    public static (string Text, Look Look) GetCell(NodeState node) =>
        node.Phase == NodePhase.Running && node.Progress is { } progress
            ? (((int)Math.Min(progress * 10, 9)).ToString(CultureInfo.InvariantCulture), new Look(progress >= 0.5 ? Tone.Good : Tone.Pending))
            : (NodePhases.GetLetter(node.Phase).ToString(), new Look(GetTone(node.Phase)));

    /// <summary>Returns a short status text, such as <c>exit 3</c> or <c>running 45%</c>.</summary>
    public static string Standing(NodeState node)
    {
        if (node.Result is { } result)
            return result.Succeeded ? "ok" : result.Cause;
        var progress = node.Phase == NodePhase.Running && node.Progress is { } fraction
            ? string.Create(CultureInfo.InvariantCulture, $" {fraction * 100:0}%")
            : "";
        return NodePhases.GetName(node.Phase) + progress;
    }

    /// <summary>Returns the duration of a node's run; empty if the node is queued or never started.</summary>
    public static string FormatTime(NodeState node) =>
        node.Phase == NodePhase.Queued || node.Result is { Outcome: NodeOutcome.NotStarted } ? "" : NumberText.Seconds(node.Elapsed);

    /// <summary>Returns the error message of a failed node, or else its last line of output.</summary>
    public static string GetLastLine(NodeState node)
    {
        if (node.Result is { Message: { Length: > 0 } message } && node.Phase != NodePhase.Succeeded)
            return Terminal.SafeText.Escape(message).ReplaceLineEndings(" ");
        return node.LastLine;
    }
}
