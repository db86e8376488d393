using System.Globalization;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>A list of nodes, one row each: state, name, duration, exit code, last line. Only visible rows are drawn.</summary>
internal sealed class NodesView(TuiSession session, NodeList list, string title = "nodes") : IView
{
    private readonly ScrollCursor _scroll = new();
    private List<(int From, NodeColumn Column)> _header = [];

    public string Title => title;

    public string Hints => "Enter open  / filter  o order  space mark  s split  d diff  c cancel  r rerun  w write";

    public NodeState? Current => list.Shown.Count == 0 ? null : list.Current;

    public NodeList List => list;

    public bool IsDetail => false;

    public void Draw(Canvas canvas)
    {
        var shown = list.Shown;
        var columns = new Columns(canvas.Width, session.WidestLabel);
        DrawHeader(canvas, columns);
        _scroll.Index = Math.Max(list.Index, 0);
        _scroll.Fit(shown.Count, canvas.Height - 1);
        for (var y = 1; y < canvas.Height && _scroll.Top + y - 1 is var place && place < shown.Count; y++)
        {
            DrawNode(canvas, y, shown[place], columns);
            if (place == _scroll.Index)
                canvas.Paint(y, look => look with { IsReverse = true });
        }

        if (shown.Count == 0)
            canvas.Write(2, 2, list.Filter.Error ?? (list.Filter.Text.Length > 0 ? $"no node matches {list.Filter.Text}" : "no nodes"), Tone.Pending);
    }

    public bool Press(string key)
    {
        if (_scroll.Press(key, list.Shown.Count))
        {
            list.MoveTo(_scroll.Index);
            return true;
        }

        switch (key)
        {
            case "Enter" when Current is { } node:
                session.OpenNode(node, list);
                return true;
            case "o":
                list.SortBy((NodeColumn)(((int)list.Column + 1) % Enum.GetValues<NodeColumn>().Length));
                return true;
            case "O":
                list.Reverse();
                return true;
            default:
                return false;
        }
    }

    public bool Click(int x, int y)
    {
        if (y == 0)
        {
            list.SortBy(_header.LastOrDefault(column => column.From <= x).Column);
            return false;
        }

        if (!_scroll.TryPlaceIn(y - 1, list.Shown.Count, out var place))
            return false;
        list.MoveTo(place);
        return true;
    }

    private void DrawHeader(Canvas canvas, Columns columns)
    {
        _header = [];
        void Title(int x, string text, NodeColumn column, int? right = null)
        {
            var mark = list.Column == column ? list.IsReverse ? "↑" : "↓" : "";
            if (session.IsAscii && mark.Length > 0)
                mark = list.IsReverse ? "^" : "v";
            var look = new Look(list.Column == column ? Tone.Plain : Tone.Faint, IsBold: true);
            if (right is { } end)
                canvas.WriteRight(end, 0, text + mark, look);
            else
                canvas.Write(x, 0, text + mark, look, columns.Last);
            _header.Add((x, column));
        }

        Title(0, "#", NodeColumn.Rank);
        Title(Columns.Name, "name", NodeColumn.Name);
        Title(columns.State, columns.HasStateNames ? "state" : "", NodeColumn.State);
        Title(columns.Time, "time", NodeColumn.Time, columns.Time + Columns.TimeWidth);
        Title(columns.Exit, "exit", NodeColumn.Exit, columns.Exit + Columns.ExitWidth);
        canvas.Write(columns.Last, 0, list.Column == NodeColumn.LastLine ? list.IsReverse ? "last line (reverse)" : "last line (order)" : "last line",
            new Look(list.Column == NodeColumn.LastLine ? Tone.Plain : Tone.Faint, IsBold: true));
        _header.Add((columns.Last, NodeColumn.LastLine));
        var count = string.Create(CultureInfo.InvariantCulture, $" {list.Shown.Count} of {list.Total}");
        if (list.Filter.Text.Length > 0)
            canvas.WriteRight(canvas.Width, 0, $" /{list.Filter.Text}{count}", Tone.Pending);
    }

    private void DrawNode(Canvas canvas, int y, NodeState node, Columns columns)
    {
        var tone = NodeLook.GetTone(node.Phase);
        if (session.IsMarked(node))
            canvas.Write(0, y, "*", new Look(Tone.Pending, IsBold: true));
        canvas.Write(1, y, NodePhases.GetLetter(node.Phase).ToString(), new Look(tone, IsBold: true));
        canvas.WriteCut(Columns.Name, y, node.Target.Label, Tone.Name, columns.State - 1);
        if (columns.HasStateNames)
            canvas.Write(columns.State, y, NodePhases.GetName(node.Phase), tone, columns.Time);
        canvas.WriteRight(columns.Time + Columns.TimeWidth, y, NodeLook.FormatTime(node));
        canvas.WriteRight(columns.Exit + Columns.ExitWidth, y, NodeOrder.FormatExit(node.Result), tone);
        var progress = node.Phase == NodePhase.Running && node.Progress is { } fraction
            ? string.Create(CultureInfo.InvariantCulture, $"{fraction * 100:0}% ")
            : "";
        var x = canvas.Write(columns.Last, y, progress, Tone.Busy);
        canvas.Write(x, y, NodeLook.GetLastLine(node), node.Phase == NodePhase.Succeeded ? Tone.Plain : tone);
    }

    /// <summary>The positions of the columns for a given width.</summary>
    private readonly struct Columns(int width, int widestLabel)
    {
        public const int TimeWidth = 8;
        public const int ExitWidth = 5;

        private readonly int _nameWidth = Math.Clamp(widestLabel, 4, Math.Max(8, width / 3));

        public bool HasStateNames { get; } = width >= 64;

        public const int Name = 3;

        public int State => Name + _nameWidth + 1;

        public int Time => State + (HasStateNames ? 12 : 0);

        public int Exit => Time + TimeWidth;

        public int Last => Exit + ExitWidth + 1;
    }
}
