using System.Globalization;
using Volley.Cli.Output;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;
using Volley.Cli.Tui.Views;

namespace Volley.Cli.Tui;

/// <summary>The interactive state of the terminal UI: open views, marks, prompts and key bindings.</summary>
internal sealed partial class TuiSession
{
    private const int MinWidth = 40;
    private const int MinHeight = 10;

    private readonly ITuiCommands _commands;
    private readonly Stack<IView> _views = new();
    private readonly NodeList _list;
    private readonly NodesView _nodes;
    private readonly OverviewView _overview;
    private readonly Dictionary<string, Action> _keys;
    private Prompt? _prompt;
    private Question? _question;
    private string? _message;
    private bool _isQuitArmed;

    public TuiSession(TuiState state, ITuiCommands commands, bool isAscii)
    {
        State = state;
        _commands = commands;
        IsAscii = isAscii;
        WidestLabel = state.Nodes.Select(node => CellWidth.Measure(node.Target.Label)).DefaultIfEmpty(0).Max();
        _list = new NodeList(state);
        _nodes = new NodesView(this, _list);
        _overview = new OverviewView(this);
        _views.Push(_overview);
        _keys = Keys();
    }

    public TuiState State { get; }

    /// <summary>Whether the terminal is limited to ASCII.</summary>
    public bool IsAscii { get; }

    public int WidestLabel { get; }

    private IView View => _views.Peek();

    /// <summary>Shows a message in the last row until the next key.</summary>
    public void ShowMessage(string message) => _message = message;

    public void OpenNode(NodeState node, NodeList? list = null)
    {
        (list ?? _list).MoveTo(node);
        Open(new NodeView(this, node, list ?? _list));
    }

    public void OpenGroup(NodeGroup group) => Open(new NodeView(this, group.First, _list, group));

    public void OpenNodes(Batch batch) =>
        Open(new NodesView(this, new NodeList(State, [.. batch.Targets.Select(target => State.Nodes[target.Index])]), "nodes of a batch"));

    public void OpenNodes(NodeGroup group) => Open(new NodesView(this, new NodeList(State, group.Nodes), "nodes of a group"));

    /// <summary>Begins the next batch of a rollout that waits, and continues one that is to pause.</summary>
    public void Approve()
    {
        var isWaiting = State.Waiting is not null;
        if (!isWaiting && _commands.Rollout is not { IsPaused: true })
        {
            ShowMessage("no batch waits");
            return;
        }

        _commands.Rollout?.Continue();
        ShowMessage(isWaiting ? "the next batch begins" : "the rollout does not pause");
    }

    /// <summary>Returns what a rollout waits for: <c>batch 2 waits</c>.</summary>
    public static string Describe(BatchWaiting waiting) => waiting.Pause is { } pause
        ? string.Create(CultureInfo.InvariantCulture, $"waiting {NumberText.Duration(pause)} before batch {waiting.Batch.Number}")
        : string.Create(CultureInfo.InvariantCulture, $"batch {waiting.Batch.Number} waits");

    /// <summary>Lets the rollout wait before its next batch.</summary>
    public void Pause()
    {
        _commands.Rollout?.Pause();
        ShowMessage(_commands.Rollout is null ? "this run has ended" : "the rollout pauses before the next batch: y continues");
    }

    /// <summary>Asks whether to stop the rollout.</summary>
    public void Abort()
    {
        if (_commands.Rollout is null || !IsLive)
            ShowMessage("nothing runs");
        else
            _question = new Question("stop the rollout, and the jobs that run?", _commands.AbortRollout);
    }

    /// <summary>Whether the rollout is to wait before its next batch.</summary>
    public bool IsPaused => _commands.Rollout is { IsPaused: true };

    /// <summary>Draws the whole screen.</summary>
    public Canvas Draw(int width, int height)
    {
        var canvas = new Canvas(width, height);
        if (width < MinWidth || height < MinHeight)
        {
            canvas.Write(0, 0, string.Create(CultureInfo.InvariantCulture, $"too small: {MinWidth}x{MinHeight} is needed"));
            return canvas;
        }

        DrawFirstRow(canvas);
        var body = new Canvas(width, height - 2);
        View.Draw(body);
        canvas.Put(0, 1, body);
        DrawLastRow(canvas, height - 1);
        return canvas;
    }

    /// <summary>Advances long operations of the view. Returns true if the screen must be redrawn.</summary>
    public bool Tick()
    {
        var isChanged = View.Tick();
        if (!_isQuitArmed || IsLive)
            return isChanged;
        // All jobs have ended: the question whether to stop them is moot.
        _isQuitArmed = false;
        return true;
    }

    /// <summary>Handles a key: a character, or the name of a key.</summary>
    public void Press(string key)
    {
        _message = null;
        var wasArmed = _isQuitArmed;
        _isQuitArmed = false;
        if (_prompt is { } prompt)
            PressInPrompt(prompt, key);
        else if (_question is { } question)
            Answer(question, key);
        else if (key == "q" && View.IsDetail && !wasArmed)
            _views.Pop();
        else if (key is "q" or "Ctrl+C")
            Quit(wasArmed);
        else if (!View.Press(key))
            PressAnywhere(key);
    }

    /// <summary>Handles a click, which selects an item. Returns true if Enter can open the selected item.</summary>
    public bool Click(int x, int y)
    {
        _message = null;
        _isQuitArmed = false;
        return y > 0 && View.Click(x, y - 1);
    }

    /// <summary>Handles a double click, which opens the clicked item.</summary>
    public void DoubleClick(int x, int y)
    {
        if (Click(x, y) && _prompt is null && _question is null)
            View.Press("Enter");
    }

    /// <summary>Handles a key that the view does not handle.</summary>
    private void PressAnywhere(string key)
    {
        if (key is [>= '1' and <= '9'])
            OpenNumber(key[0] - '1');
        else if (_keys.TryGetValue(key, out var act))
            act();
    }

    private Dictionary<string, Action> Keys() => new()
    {
        ["Esc"] = GoBack,
        ["Tab"] = () => Switch(View == _overview ? _nodes : _overview),
        ["g"] = () => Open(new GroupsView(this)),
        ["l"] = () => Open(new LogView(this)),
        ["?"] = () => Open(new HelpView()),
        ["b"] = OpenBatches,
        ["s"] = OpenSplit,
        ["d"] = OpenDiff,
        ["Space"] = MarkCurrent,
        ["a"] = MarkShown,
        ["/"] = BeginSearch,
        ["c"] = Cancel,
        ["r"] = RerunNodes,
        ["w"] = BeginWrite,
        ["Ctrl+Z"] = _commands.Suspend,
    };

    private void OpenBatches()
    {
        if (State.Batches.IsEmpty)
            ShowMessage("the run has no batches");
        else
            Open(new BatchesView(this));
    }

    private void GoBack()
    {
        if (_views.Count > 1)
            _views.Pop();
        else if (_list.Filter.Text.Length > 0)
            _list.Filter = NodeFilter.None;
    }

    /// <summary>Whether any node has not finished. The run itself ends shortly after its last node.</summary>
    private bool IsLive => _commands.IsLive && State.Done < State.Nodes.Length;

    private void Quit(bool wasArmed)
    {
        if (!IsLive)
        {
            _commands.Leave();
        }
        else if (wasArmed)
        {
            _isQuitArmed = true;
            ShowMessage("stopping all jobs: q again kills them at once");
            _commands.Stop();
        }
        else
        {
            _isQuitArmed = true;
        }
    }

    private string QuitQuestion() => State.Running == 0
        ? $"{NumberText.Count(State.Nodes.Length - State.Done, "job")} waiting: q again to stop"
        : $"{NumberText.Count(State.Running, "job")} running: q again to stop {(State.Running == 1 ? "it" : "them")}";

    private void Answer(Question question, string key)
    {
        _question = null;
        if (key is "y" or "Y")
            question.Confirmed();
        else
            ShowMessage("nothing was done");
    }

    private void Open(IView view)
    {
        if (_views.Count > 1 && view.GetType() == View.GetType())
            _views.Pop();
        _views.Push(view);
    }

    /// <summary>Switches to the overview or the list of nodes, and closes all other views.</summary>
    private void Switch(IView view)
    {
        _views.Clear();
        _views.Push(_overview);
        if (view == _nodes)
        {
            if (_overview.Current is { } node)
                _list.MoveTo(node);
            _views.Push(_nodes);
        }
    }

    private void OpenNumber(int index)
    {
        var list = (View as NodesView)?.List ?? _list;
        if (index < list.Shown.Count)
            OpenNode(list.Shown[index], list);
        else
            ShowMessage($"the list has {NumberText.Count(list.Shown.Count, "node")}");
    }

    private void BeginSearch()
    {
        if (View is NodeView node)
        {
            _prompt = new Prompt("/", "", text => node.Search(text));
            return;
        }

        if (View is not NodesView)
            Switch(_nodes);
        var list = ((NodesView)View).List;
        var before = list.Filter;
        _prompt = new Prompt("/", before.Text, _ => { })
        {
            Changed = text => list.Filter = NodeFilter.Parse(text),
            Dropped = () => list.Filter = before,
        };
    }

    private void PressInPrompt(Prompt prompt, string key)
    {
        switch (prompt.Press(key))
        {
            case Prompt.Outcome.Done:
                _prompt = null;
                prompt.Complete();
                break;
            case Prompt.Outcome.Dropped:
                _prompt = null;
                break;
        }
    }

    private void DrawFirstRow(Canvas canvas)
    {
        var title = Terminal.SafeText.Escape(JobTitles.Get(State.Plan.Job)).ReplaceLineEndings(" ").Replace('\t', ' ');
        var marked = _marked.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_marked.Count} marked  ") : "";
        var right = string.Create(CultureInfo.InvariantCulture, $" {View.Title}  {marked}{State.Done}/{State.Nodes.Length} done ");
        var end = canvas.Width - CellWidth.Measure(right);
        canvas.Write(0, 0, " volley  ", new Look(Tone.Plain, IsBold: true));
        canvas.Write(9, 0, title, limit: end);
        canvas.Write(end, 0, right);
        canvas.Paint(0, look => look with { IsReverse = true });
    }

    private void DrawLastRow(Canvas canvas, int y)
    {
        if (_prompt is { } prompt)
            prompt.Draw(canvas, y);
        else if (_question is { } question)
            question.Draw(canvas, y);
        else if ((_message ?? (_isQuitArmed ? QuitQuestion() : null)) is { } message)
            canvas.Write(0, y, message, new Look(Tone.Pending, IsBold: true));
        else if (State.Waiting is { } waiting && View is not BatchesView)
            canvas.Write(0, y, $"{Describe(waiting)}: b shows the batches, y there begins it", new Look(Tone.Pending, IsBold: true));
        else
            canvas.Write(0, y, FittingHints(canvas.Width), Tone.Faint);
    }

    /// <summary>Returns as many hints as fit, followed by the keys for help and for back or quit.</summary>
    private string FittingHints(int width)
    {
        var always = View.IsDetail ? "? help  q back" : "? help  q quit";
        var hints = View.Hints.Split("  ").ToList();
        while (string.Join("  ", [.. hints, always]).Length > width)
            hints.RemoveAt(hints.Count - 1);
        return string.Join("  ", [.. hints, always]);
    }
}
