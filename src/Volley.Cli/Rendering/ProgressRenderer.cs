using Volley.Cli.Terminal;
using Volley.Targets;

namespace Volley.Cli.Rendering;

/// <summary>
/// Shows on standard error how far the run is. On a terminal: one bar for the run and a row for each of the nodes that have run
/// longest, redrawn ten times a second. Elsewhere: a line whenever another tenth of the nodes is done.
/// </summary>
internal sealed class ProgressRenderer : IRenderer, IDisposable
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);

    private readonly TerminalWriter _writer;
    private readonly TimeProvider _time;
    private readonly ProgressView _view;
    private readonly RunControl _control;
    private readonly int _total;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, RunningNode> _running = [];
    private readonly ITimer? _redraw;
    private bool _isOver;
    private int _finished;
    private int _tenths;

    public ProgressRenderer(TerminalWriter writer, Style style, RunControl control, int total, TimeProvider time)
    {
        _writer = writer;
        _time = time;
        _control = control;
        _total = total;
        _view = new ProgressView(style, total, time);
        if (writer.StderrIsTerminal)
            _redraw = time.CreateTimer(_ => Redraw(), null, RedrawInterval, RedrawInterval);
    }

    public void Render(NodeEvent nodeEvent)
    {
        lock (_lock)
        {
            var index = nodeEvent.Target.Index;
            switch (nodeEvent)
            {
                case NodeConnecting:
                    _running[index] = new RunningNode(nodeEvent.Target, _time.GetTimestamp(), IsConnected: false);
                    break;
                case NodeStarted when _running.TryGetValue(index, out var connecting):
                    _running[index] = connecting with { IsConnected = true };
                    break;
                case NodeFinished:
                    _running.Remove(index);
                    _finished++;
                    if (_redraw is null)
                        PrintTenths();
                    break;
            }
        }
    }

    public void Complete(RunSummary summary) => Dispose();

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            _isOver = true;
        }

        if (_redraw is null)
            return;
        _redraw.Dispose();
        _writer.SetStatus();
    }

    private void PrintTenths()
    {
        var tenths = _finished * 10 / _total;
        if (tenths == _tenths)
            return;
        _tenths = tenths;
        _writer.PrintErr($"volley: {_finished} of {_total} done, {_control.Counts.Failed} failed");
    }

    private void Redraw()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            var (columns, lines) = _writer.StatusSize;
            var rows = Math.Clamp((lines / 3) - 1, 0, 8);
            // Indexes are given out in ascending order, so this is nearly the order in which they started.
            var slowest = _running.Values.OrderBy(node => node.Since).Take(rows);
            _writer.SetStatus(_view.Draw(columns, _finished, _control.Counts, slowest));
        }
    }
}

/// <summary>A node between connecting and finished.</summary>
/// <param name="Target">The node.</param>
/// <param name="Since">Since when, as a timestamp of the clock.</param>
/// <param name="IsConnected">Whether its command has started.</param>
internal sealed record RunningNode(Target Target, long Since, bool IsConnected);
