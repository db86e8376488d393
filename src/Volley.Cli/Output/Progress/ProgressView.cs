using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Output.Progress;

/// <summary>Draws the progress of a run: one row for the run, and a cell for each running node below it, the longest running first.</summary>
internal sealed class ProgressView
{
    private const int NarrowestRunBar = 4;
    private const int WidestRunBar = 40;
    private const int NodeBar = 10;

    /// <summary>The largest width of a column if there are several.</summary>
    private const int WidestColumn = 60;

    /// <summary>The number of terminal lines that stay free for output.</summary>
    private const int FreeLines = 4;

    /// <summary>The smallest width of a node's cell with a bar.</summary>
    private const int NarrowestWithBar = 50;

    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly int _total;
    private readonly bool _isAscii;
    private readonly NodeNames _names;

    public ProgressView(ImmutableArray<Target> targets, bool isAscii, TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
        _total = targets.Length;
        _isAscii = isAscii;
        _names = new NodeNames(targets, isAscii);
    }

    /// <summary>Draws the progress for a terminal size. The terminal's last column and some of its lines stay free.</summary>
    public Canvas Draw(int columns, int lines, int finished, RunCounts counts, RunAmount amount, IReadOnlyCollection<RunningNode> nodes)
    {
        // A terminal that wraps after its last column would make the number of drawn lines wrong.
        var width = Math.Max(columns - 1, 1);
        var rows = Math.Clamp(lines - FreeLines, 0, nodes.Count);
        var across = rows == 0 ? 1 : Math.Clamp(width / WidestColumn, 1, (nodes.Count + rows - 1) / rows);
        rows = Math.Min(rows, (nodes.Count + across - 1) / across);
        var canvas = new Canvas(width, 1 + rows);
        DrawRun(canvas, finished, counts, amount);
        if (rows == 0)
            return canvas;

        var columnWidth = across == 1 ? width : Math.Min(width / across, WidestColumn);
        var room = rows * across;
        var shown = nodes.Count <= room ? nodes.Count : room - 1;
        var place = 0;
        foreach (var node in nodes.OrderBy(node => node.Since).ThenBy(node => node.Target.Index).Take(shown))
        {
            DrawNode(canvas, place / rows * columnWidth, 1 + (place % rows), columnWidth - (across == 1 ? 0 : 2), node);
            place++;
        }

        if (shown < nodes.Count)
        {
            var more = string.Create(CultureInfo.InvariantCulture, $"+{nodes.Count - shown} more");
            canvas.Write((place / rows * columnWidth) + 2, 1 + (place % rows), more, Tone.Faint);
        }

        return canvas;
    }

    /// <summary>Draws the number of finished nodes, a bar, and the details that fit; the least important are dropped first.</summary>
    private void DrawRun(Canvas canvas, int finished, RunCounts counts, RunAmount amount)
    {
        var elapsed = _time.GetElapsedTime(_began);
        var pace = amount.Expected is { } expected ? Pace.EstimateBytes(amount.Bytes, expected, elapsed) : Pace.Estimate(finished, _total, elapsed);
        var fraction = amount.Fraction ?? (double)finished / Math.Max(_total, 1);
        var done = string.Create(CultureInfo.InvariantCulture, $"{finished}/{_total}");
        var percentage = string.Create(CultureInfo.InvariantCulture, $"{(int)((100 * fraction) + 1e-9)}%");
        var running = string.Create(CultureInfo.InvariantCulture, $"{counts.Running} running");
        var failed = counts.Failed > 0 ? string.Create(CultureInfo.InvariantCulture, $"{counts.Failed} failed") : "";
        var moved = amount.Bytes > 0 ? NumberText.Bytes(amount.Bytes) : "";
        string[][] choices =
        [
            [percentage, pace.Rate, pace.Remaining, running, failed, moved],
            [percentage, pace.Rate, pace.Remaining, running, failed],
            [percentage, pace.Remaining, running, failed],
            [percentage, running, failed],
            [running, failed],
        ];
        var x = canvas.Write(0, 0, done, new Look(Tone.Plain, IsBold: true)) + 1;
        foreach (var choice in choices)
        {
            string[] parts = [.. choice.Where(part => part.Length > 0)];
            // One space after the bar, two before each part but the first.
            var room = canvas.Width - x - 1 - parts.Sum(part => part.Length + 2) + 2;
            if (room < NarrowestRunBar)
                continue;
            x = Bar.Draw(canvas, x, 0, Math.Min(room, WidestRunBar), fraction, _isAscii) + 1;
            DrawParts(canvas, x, parts, failed);
            return;
        }

        DrawParts(canvas, x, [.. choices[^1].Where(part => part.Length > 0)], failed);
    }

    private static void DrawParts(Canvas canvas, int x, string[] parts, string failed)
    {
        foreach (var part in parts)
            x = canvas.Write(x, 0, part, part == failed ? new Look(Tone.Bad, IsBold: true) : Look.Plain) + 2;
    }

    private void DrawNode(Canvas canvas, int left, int y, int width, RunningNode node)
    {
        var end = left + width;
        var phase = node.IsConnected ? NodePhase.Running : NodePhase.Connecting;
        canvas.Write(left, y, NodePhases.GetLetter(phase).ToString(), node.IsConnected ? Tone.Busy : Tone.Pending, end);
        var nameWidth = Math.Clamp(_names.Widest, 1, Math.Max(8, width / 3));
        canvas.Write(left + 2, y, _names.Fit(node.Target.Label, nameWidth), Tone.Name, end);
        const int TimeWidth = 8;
        var x = left + 2 + nameWidth + TimeWidth;
        if (x > end)
            return;
        canvas.WriteRight(x, y, Duration(_time.GetElapsedTime(node.Since)));
        x += 2;
        if (node.Fraction is { } fraction)
        {
            if (width >= NarrowestWithBar && x + NodeBar < end)
                x = Bar.Draw(canvas, x, y, NodeBar, fraction, _isAscii) + 1;
            canvas.WriteRight(Math.Min(x + 4, end), y, string.Create(CultureInfo.InvariantCulture, $"{(int)(fraction * 100)}%"));
            x += 6;
        }

        if (x < end)
            canvas.Write(x, y, node.IsConnected ? Shown(node.LastLine) : "connecting", Tone.Faint, end);
    }

    /// <summary>Formats a duration in whole seconds, since each change of a text costs a write to the terminal.</summary>
    private static string Duration(TimeSpan elapsed) => elapsed < TimeSpan.FromMinutes(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)elapsed.TotalSeconds} s")
        : NumberText.Clock(TimeSpan.FromSeconds(Math.Floor(elapsed.TotalSeconds)));

    private string Shown(string line) => _isAscii && !System.Text.Ascii.IsValid(line)
        ? string.Concat(line.Select(c => char.IsAscii(c) ? c : '?'))
        : line;
}
