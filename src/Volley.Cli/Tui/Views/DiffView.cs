using System.Collections.Immutable;
using System.Text;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>The line-by-line differences of two nodes or groups, as of the moment when the view was opened.</summary>
internal sealed class DiffView : IView
{
    /// <summary>The largest stream to compare, in bytes.</summary>
    private const int MaxTextLength = 1024 * 1024;

    private readonly PageScroll _scroll = new();
    private readonly Task<ImmutableArray<string>> _lines;
    private bool _wasReady;

    public DiffView(NodeState before, string beforeName, NodeState after, string afterName)
    {
        var parts = new List<(string, string?, string, string?)>();
        foreach (var stream in new[] { StreamKind.Stdout, StreamKind.Stderr })
        {
            var suffix = stream == StreamKind.Stdout ? "" : " stderr";
            parts.Add(($"--- {beforeName}{suffix}", Text(before, stream), $"+++ {afterName}{suffix}", Text(after, stream)));
        }

        var ends = (Before: NodeLook.Standing(before), After: NodeLook.Standing(after));
        // The comparison takes quadratic time in the worst case, so it runs in the background.
        _lines = Task.Run(() => Compare(parts, ends.Before == ends.After ? null : $"{beforeName}: {ends.Before}   {afterName}: {ends.After}"));
    }

    public string Title => "diff";

    public string Hints => "arrows PgUp PgDn scroll  < > shift  Esc back";

    public NodeState? Current => null;

    public void Draw(Canvas canvas)
    {
        if (!_lines.IsCompletedSuccessfully)
        {
            canvas.Write(0, 0, _lines.IsFaulted ? _lines.Exception.InnerException!.Message : "comparing...", Tone.Faint);
            return;
        }

        var lines = _lines.Result;
        _scroll.Fit(lines.Length, canvas.Height);
        for (var y = 0; y < canvas.Height && _scroll.Top + y is var place && place < lines.Length; y++)
        {
            var line = lines[place];
            canvas.Write(0, y, line[..1], GetTone(line));
            canvas.Write(1 - _scroll.Shift, y, line[1..], GetTone(line));
            if (_scroll.Shift > 0)
                canvas.Write(0, y, line[..1], GetTone(line));
        }
    }

    public bool Press(string key) => _scroll.Press(key);

    public bool Tick()
    {
        if (_wasReady || !_lines.IsCompleted)
            return false;
        return _wasReady = true;
    }

    private static Look GetTone(string line) => line switch
    {
        ['-', '-', '-', ' ', ..] or ['+', '+', '+', ' ', ..] => new Look(Tone.Name, IsBold: true),
        ['-', ..] => new Look(Tone.Bad),
        ['+', ..] => new Look(Tone.Good),
        ['@', ..] => new Look(Tone.Busy),
        ['\\', ..] => new Look(Tone.Faint),
        _ => Look.Plain,
    };

    private static ImmutableArray<string> Compare(List<(string BeforeName, string? Before, string AfterName, string? After)> parts, string? ends)
    {
        var lines = new List<string>();
        var escaper = new LineEscaper();
        if (ends is not null)
            lines.Add(" " + ends);
        var isSame = true;
        foreach (var (beforeName, before, afterName, after) in parts)
        {
            if (before is not null && before == after)
                continue;
            isSame = false;
            lines.Add(beforeName);
            lines.Add(afterName);
            if (before is null || after is null || UnifiedDiff.Compare(before, after) is not { } difference)
                lines.Add(" too long to compare");
            else
                lines.AddRange(difference.Select(line => line[..1] + escaper.Escape(Encoding.Latin1.GetBytes(line[1..]))));
        }

        if (isSame)
            lines.Add(" same output");
        return [.. lines];
    }

    /// <summary>
    /// Returns one stream of a node as Latin-1, one character per byte, so that arbitrary bytes can be compared; null if it is too long.
    /// </summary>
    private static string? Text(NodeState node, StreamKind stream)
    {
        if (node.Bytes > 4 * MaxTextLength)
            return null;
        var text = new StringBuilder();
        foreach (var line in node.Log.Read(0, int.MaxValue).Where(line => line.Stream == stream))
        {
            text.Append(Encoding.Latin1.GetString(line.Bytes));
            if (line.IsWhole)
                text.Append('\n');
            if (text.Length > MaxTextLength)
                return null;
        }

        return text.ToString();
    }
}
