using System.Globalization;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>The output of one node, or of one node that represents its group.</summary>
internal sealed class NodeView : IView
{
    private static readonly TimeSpan SearchSlice = TimeSpan.FromMilliseconds(40);

    private readonly TuiSession _session;
    private readonly NodeList _list;
    private readonly NodeGroup? _group;
    private OutputPane _pane;
    private TextSearch? _search;

    public NodeView(TuiSession session, NodeState node, NodeList list, NodeGroup? group = null)
    {
        _session = session;
        _list = list;
        _group = group;
        _pane = new OutputPane(node);
    }

    public string Title => _group is null ? "node" : "group";

    public string Hints => _group is null
        ? "arrows PgUp PgDn scroll  f follow  / search  n N next  Left Right node  < > shift  Esc back"
        : "Enter nodes  arrows scroll  / search  n N next  < > shift  Esc back";

    public NodeState? Current => _pane.Node;

    public IReadOnlyList<NodeState> Selected => _group is null ? [_pane.Node] : _group.Nodes;

    public void Draw(Canvas canvas)
    {
        var node = _pane.Node;
        var x = canvas.Write(0, 0, _session.IsMarked(node) ? "*" : "", new Look(Tone.Pending, IsBold: true));
        x = canvas.WriteCut(x, 0, _group?.Names ?? node.Target.Label, new Look(Tone.Name, IsBold: true), canvas.Width / 2);
        if (_group is not null)
            x = canvas.Write(x, 0, string.Create(CultureInfo.InvariantCulture, $" ({_group.Nodes.Length})"));
        x = canvas.Write(x + 2, 0, NodeLook.Standing(node), NodeLook.GetTone(node.Phase)) + 2;
        x = canvas.Write(x, 0, NodeLook.FormatTime(node)) + 2;
        if (node.Runs > 1)
            canvas.Write(x, 0, string.Create(CultureInfo.InvariantCulture, $"run {node.Runs}"), Tone.Faint);
        var count = node.Log.LineCount;
        var place = string.Create(CultureInfo.InvariantCulture, $" {Math.Min(_pane.Top + 1, count)}/{count}{(_pane.Follows ? " follow" : "")}");
        canvas.WriteRight(canvas.Width, 0, place, Tone.Faint);

        var body = new Canvas(canvas.Width, Math.Max(canvas.Height - 1, 1));
        _pane.Search = _search;
        _pane.Draw(body);
        canvas.Put(0, 1, body);
    }

    public bool Press(string key)
    {
        if (_search is { IsRunning: true })
        {
            _search.Cancel();
            if (key == "Esc")
                return true;
        }

        if (_pane.Press(key))
            return true;
        switch (key)
        {
            case "Enter" when _group is not null:
                _session.OpenNodes(_group);
                return true;
            case "Left" or "Right" when _group is null:
                Step(key == "Right" ? 1 : -1);
                return true;
            case "n" or "N":
                if (_search is null)
                    _session.ShowMessage("no search yet: / starts one");
                else
                    Seek(isBackward: key == "N");
                return true;
            default:
                return false;
        }
    }

    public void Search(string text)
    {
        _search = text.Length == 0 ? null : new TextSearch(text);
        _search?.Begin(_pane.Top, _pane.Node.Log.LineCount, isBackward: false);
        Tick();
    }

    public bool Tick()
    {
        if (_search is not { IsRunning: true } search)
            return false;
        var time = _session.State.Time;
        var start = time.GetTimestamp();
        try
        {
            while (search.IsRunning && time.GetElapsedTime(start) < SearchSlice)
                search.Advance(_pane.Node.Log);
        }
        catch (IOException failure)
        {
            search.Cancel();
            _session.ShowMessage(failure.Message);
            return true;
        }

        if (search.IsRunning)
            _session.ShowMessage($"searching for {search.Text}, Esc stops");
        else if (search.HasFailed)
            _session.ShowMessage($"{search.Text} was not found");
        else
            _session.ShowMessage(string.Create(CultureInfo.InvariantCulture, $"found in line {search.Found + 1}"));
        if (search is { IsRunning: false, HasFailed: false, Found: { } line })
            _pane.Show(line);
        return true;
    }

    private void Seek(bool isBackward)
    {
        var from = _search!.Found is { } found ? found + (isBackward ? -1 : 1) : _pane.Top;
        _search.Begin(from, _pane.Node.Log.LineCount, isBackward);
        // Most searches finish in the first slice: don't wait for the next tick.
        Tick();
    }

    private void Step(int step)
    {
        var shown = _list.Shown;
        _list.MoveTo(_pane.Node);
        var index = _list.Index + step;
        if (index < 0 || index >= shown.Count)
        {
            _session.ShowMessage(step > 0 ? "this is the last node of the list" : "this is the first node of the list");
            return;
        }

        _list.MoveTo(index);
        _pane = new OutputPane(_list.Current!);
    }
}
