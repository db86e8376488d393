using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>A scrollable pane with the output of one node. It can follow the end of growing output.</summary>
internal sealed class OutputPane(NodeState node)
{
    private const int ShiftStep = 20;

    private readonly LineEscaper _escaper = new();
    private int _height = 1;
    private int _shift;

    public NodeState Node => node;

    /// <summary>The number of the first visible line, from 0.</summary>
    public long Top { get; private set; }

    /// <summary>Whether the pane follows the end of the output.</summary>
    public bool Follows { get; set; } = !NodePhases.IsDone(node.Phase);

    /// <summary>The search whose matches are highlighted; null for none.</summary>
    public TextSearch? Search { get; set; }

    public long LastTop => Math.Max(0, node.Log.LineCount - _height);

    public void Draw(Canvas canvas)
    {
        _height = Math.Max(canvas.Height, 1);
        Top = Follows ? LastTop : Math.Clamp(Top, 0, LastTop);
        List<LogLine> lines;
        try
        {
            lines = node.Log.Read(Top, canvas.Height);
        }
        catch (IOException failure)
        {
            canvas.Write(0, 0, failure.Message, Tone.Bad);
            return;
        }

        for (var y = 0; y < lines.Count; y++)
            DrawLine(canvas, y, lines[y], isFound: Search is { Found: { } found } && found == Top + y);
        if (lines.Count == 0)
            canvas.Write(1, 0, GetPlaceholder(), Tone.Faint);
    }

    /// <summary>Returns the text shown instead of an empty output.</summary>
    private string GetPlaceholder()
    {
        if (!NodePhases.IsDone(node.Phase))
            return $"no output yet: {NodeLook.Standing(node)}";
        return NodeLook.GetLastLine(node) is { Length: > 0 } message ? message : "no output";
    }

    public bool Press(string key)
    {
        switch (key)
        {
            case "Up" or "WheelUp" or "PgUp" or "Home":
                MoveTo(Top - key switch { "Up" => 1, "WheelUp" => 3, "PgUp" => _height, _ => Top });
                return true;
            case "Down" or "WheelDown" or "PgDn":
                MoveTo(Top + key switch { "Down" => 1, "WheelDown" => 3, _ => _height });
                return true;
            case "End":
                MoveTo(LastTop);
                Follows = !NodePhases.IsDone(node.Phase);
                return true;
            case "f":
                Follows = !Follows;
                return true;
            case "<" or ">":
                _shift = Math.Max(0, _shift + (key == ">" ? ShiftStep : -ShiftStep));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Scrolls to a line, with some lines of context above it.</summary>
    public void Show(long line)
    {
        if (line < Top || line >= Top + _height)
            MoveTo(line - (_height / 3));
        Follows = false;
    }

    private void MoveTo(long top)
    {
        Follows = false;
        Top = Math.Clamp(top, 0, LastTop);
    }

    private void DrawLine(Canvas canvas, int y, LogLine line, bool isFound)
    {
        var isError = line.Stream == StreamKind.Stderr;
        if (isError)
            canvas.Write(0, y, "!", new Look(Tone.Bad, IsBold: true));
        var text = _escaper.Escape(line.Bytes);
        var look = new Look(isError ? Tone.Bad : Tone.Plain);
        var left = 1 - _shift;
        var end = canvas.Write(left, y, text, look);
        if (Search is not null)
        {
            for (var at = Search.In(text, 0); at >= 0; at = Search.In(text, at + 1))
            {
                var from = left + CellWidth.Measure(text[..at]);
                canvas.Paint(y, cell => cell with { IsReverse = true, IsBold = isFound }, Math.Max(from, 1), from + Search.Width);
            }
        }

        if (_shift > 0)
            canvas.Write(0, y, isError ? "!" : " ", new Look(isError ? Tone.Bad : Tone.Plain, IsBold: true));
        if (end >= canvas.Width && CellWidth.Measure(text) + left > canvas.Width)
            canvas.Write(canvas.Width - 1, y, ">", Tone.Faint);
    }
}
