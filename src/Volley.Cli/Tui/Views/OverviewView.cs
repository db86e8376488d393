using System.Globalization;
using Volley.Cli.Output;
using Volley.Cli.Output.Progress;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>
/// The whole run on one screen: counts, progress and one cell per node. If there is room, a list of the most important nodes follows.
/// </summary>
internal sealed class OverviewView(TuiSession session) : IView
{
    private const int MapTop = 3;

    private readonly ScrollCursor _rows = new();
    private readonly ScrollCursor _listed = new();
    private List<NodeState> _notable = [];
    private int _index;
    private int _columns = 1;

    /// <summary>The first row of the list; null if there is no room for it.</summary>
    private int? _listTop;

    /// <summary>Whether the cursor is in the list instead of the map.</summary>
    private bool _isInList;

    public string Title => "overview";

    public string Hints => "Enter open  Tab nodes  g groups  / filter  l log  r rerun  c cancel";

    public NodeState? Current => State.Nodes.Length == 0 ? null : State.Nodes[Math.Min(_index, State.Nodes.Length - 1)];

    public bool IsDetail => false;

    private TuiState State => session.State;

    public void Draw(Canvas canvas)
    {
        DrawCounts(canvas);
        DrawProgress(canvas);
        _columns = canvas.Width;
        var rows = (State.Nodes.Length + _columns - 1) / _columns;
        var room = canvas.Height - MapTop - 2;
        var height = Math.Min(rows, room);
        _rows.Index = _index / _columns;
        _rows.Fit(rows, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < _columns && ((_rows.Top + y) * _columns) + x is var place && place < State.Nodes.Length; x++)
            {
                var (text, look) = NodeLook.GetCell(State.Nodes[place]);
                canvas.Write(x, MapTop + y, text, place == _index ? look with { IsReverse = true, IsBold = true } : look);
            }
        }

        var below = MapTop + height + 1;
        DrawCurrent(canvas, below - 1);
        _listTop = canvas.Height - below > 3 ? below + 1 : null;
        if (_listTop is { } top)
            DrawNotable(canvas, top);
    }

    public bool Press(string key)
    {
        if (_isInList ? PressInList(key) : PressOnMap(key))
            return true;
        if (key != "Enter" || Current is not { } node)
            return false;
        session.OpenNode(node);
        return true;
    }

    public bool Click(int x, int y)
    {
        if (_listTop is { } top && y >= top)
            return ClickList(y - top);
        var place = ((_rows.Top + y - MapTop) * _columns) + x;
        if (y < MapTop || x >= _columns || place < 0 || place >= State.Nodes.Length)
            return false;
        _index = place;
        _isInList = false;
        return true;
    }

    private bool ClickList(int row)
    {
        if (!_listed.TryPlaceIn(row, _notable.Count, out var place))
            return false;
        Select(place);
        session.OpenNode(_notable[place]);
        return false;
    }

    /// <summary>Moves the cursor to a row of the list, and the cursor of the map to the same node.</summary>
    private void Select(int place)
    {
        _isInList = true;
        _listed.Index = place;
        _index = _notable[place].Target.Index;
    }

    private bool PressInList(string key)
    {
        if (key is "Left" or "Right" || (key is "Up" or "WheelUp" && _listed.Index == 0))
        {
            _isInList = false;
            return true;
        }

        if (!_listed.Press(key, _notable.Count))
            return false;
        Select(_listed.Index);
        return true;
    }

    private bool PressOnMap(string key)
    {
        if (key == "Down" && _index + _columns >= State.Nodes.Length && _listTop is not null && _notable.Count > 0)
        {
            Select(0);
            return true;
        }

        if (GetDestination(key) is not { } index)
            return false;
        _index = Math.Clamp(index, 0, Math.Max(State.Nodes.Length - 1, 0));
        return true;
    }

    /// <summary>Returns the place on the map to which a key moves the cursor, which may be outside the map; null for other keys.</summary>
    private int? GetDestination(string key) => key switch
    {
        "Left" => _index - 1,
        "Right" => _index + 1,
        "Up" or "WheelUp" => _index - _columns,
        "Down" or "WheelDown" => _index + _columns,
        "PgUp" => _index - (_columns * 5),
        "PgDn" => _index + (_columns * 5),
        "Home" => 0,
        "End" => State.Nodes.Length - 1,
        _ => null,
    };

    private void DrawCounts(Canvas canvas)
    {
        var phases = NodePhases.All.Where(phase => State.Count(phase) > 0).ToList();
        string Short(NodePhase phase) => string.Create(CultureInfo.InvariantCulture, $"{NodePhases.GetLetter(phase)} {State.Count(phase)}");
        string Long(NodePhase phase) => $"{Short(phase)} {NodePhases.GetName(phase)}";
        var fits = phases.Sum(phase => Long(phase).Length + 3) - 3 <= canvas.Width;
        var x = 0;
        foreach (var phase in phases)
            x = canvas.Write(x, 0, fits ? Long(phase) : Short(phase), new Look(NodeLook.GetTone(phase), IsBold: true)) + (fits ? 3 : 2);
    }

    private void DrawProgress(Canvas canvas)
    {
        var (done, total) = (State.Done, State.Nodes.Length);
        var amount = new RunAmount(State.Transfers.Bytes, State.Transfers.Expected);
        var fraction = amount.Fraction ?? (double)done / Math.Max(total, 1);
        var text = string.Create(CultureInfo.InvariantCulture, $" {(int)((100 * fraction) + 1e-9)}%  {done}/{total}  {PaceText(done, total, amount)}");
        var width = Math.Max(4, Math.Min(60, canvas.Width - CellWidth.Measure(text)));
        canvas.Write(Bar.Draw(canvas, 0, 1, width, fraction, session.IsAscii), 1, text);
    }

    private string PaceText(int done, int total, RunAmount amount)
    {
        if (done >= total)
            return NumberText.Seconds(State.Elapsed);
        var pace = amount.Expected is { } expected
            ? Pace.EstimateBytes(amount.Bytes, expected, State.Elapsed)
            : Pace.Estimate(done, total, State.Elapsed);
        return pace.Rate.Length == 0 ? NumberText.Clock(State.Elapsed) : $"{pace.Rate}  {pace.Remaining}";
    }

    private void DrawCurrent(Canvas canvas, int y)
    {
        if (Current is not { } node)
            return;
        var x = canvas.Write(0, y, session.IsMarked(node) ? "*" : ">", Tone.Faint) + 1;
        x = canvas.Write(x, y, node.Target.Label, new Look(Tone.Name, IsBold: true)) + 2;
        x = canvas.Write(x, y, NodeLook.Standing(node), NodeLook.GetTone(node.Phase)) + 2;
        if (NodeLook.FormatTime(node) is { Length: > 0 } time)
            x = canvas.Write(x, y, time) + 2;
        canvas.Write(x, y, NodeLook.GetLastLine(node), Tone.Faint);
    }

    /// <summary>Draws the list below the map: failed nodes, then running nodes, the longest duration first.</summary>
    private void DrawNotable(Canvas canvas, int top)
    {
        var room = canvas.Height - top;
        var notable = State.Nodes
            .Where(node => node.Phase is not (NodePhase.Succeeded or NodePhase.Queued))
            .OrderBy(node => node.Phase)
            .ThenByDescending(node => node.Elapsed);
        // The list can have thousands of nodes, and only a screenful is visible.
        _notable = [.. _isInList ? notable : notable.Take(room)];
        // The cursor stays on its node, or on its row if the node has left the list.
        if (_isInList && _notable.FindIndex(node => node.Target.Index == _index) is >= 0 and var at)
            _listed.Index = at;
        _isInList &= _notable.Count > 0;
        if (!_isInList)
            _listed.Index = 0;
        _listed.Fit(_notable.Count, room);
        if (_isInList)
            Select(_listed.Index);
        var nodes = _notable.Skip(_listed.Top).Take(room).ToList();
        var width = Math.Clamp(nodes.Select(node => CellWidth.Measure(node.Target.Label)).DefaultIfEmpty(0).Max(), 0, canvas.Width / 3);
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            var tone = NodeLook.GetTone(node.Phase);
            canvas.Write(2, top + i, node.Target.Label, Tone.Name, limit: 2 + width);
            canvas.WriteRight(width + 11, top + i, NodeLook.FormatTime(node));
            var x = canvas.Write(width + 13, top + i, NodeLook.Standing(node), tone) + 2;
            canvas.Write(x, top + i, NodeLook.GetLastLine(node), Tone.Faint);
            if (_isInList && _listed.Top + i == _listed.Index)
                canvas.Paint(top + i, look => look with { IsReverse = true });
        }
    }
}
