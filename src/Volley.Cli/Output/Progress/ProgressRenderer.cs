using System.Runtime.InteropServices;
using Volley.Cli.Terminal;
using Volley.Cli.Terminal.Cells;
using Volley.Interop;

namespace Volley.Cli.Output.Progress;

/// <summary>
/// Shows the progress of the run on standard error. On a terminal: a bar for the run and a row per running node, redrawn at most ten
/// times a second, and once a second if only durations change. Otherwise: a line for each tenth of the nodes that is done.
/// </summary>
internal sealed class ProgressRenderer : IRenderer, IDisposable
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EraseLimit = TimeSpan.FromMilliseconds(500);

    private readonly TerminalWriter _writer;
    private readonly TimeProvider _time;
    private readonly ProgressView _view;
    private readonly Style _style;
    private readonly RunControl _control;
    private readonly RunPlan _plan;
    private readonly int _total;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, RunningNode> _running = [];
    private readonly LineEscaper _escaper = new();
    private readonly ITimer? _redraw;
    private PosixSignalRegistration? _suspending;
    private (int Columns, int Lines) _size;
    private long _drawnAt;
    private bool _hasChanged = true;
    private bool _isOver;
    private bool _isSuspended;
    private bool _isAsking;
    private int _finished;
    private int _tenths;
    private long _bytes;
    private readonly TransferTotals _transfers;

    public ProgressRenderer(TerminalWriter writer, Style style, RunControl control, RunPlan plan, TimeProvider time)
    {
        _writer = writer;
        _time = time;
        _control = control;
        _style = style;
        _plan = plan;
        _total = plan.Targets.Length;
        _transfers = new TransferTotals(_total);
        _view = new ProgressView(plan.Targets, style.IsAscii, time);
        if (!writer.StderrIsTerminal)
            return;
        _redraw = time.CreateTimer(_ => Redraw(), null, RedrawInterval, RedrawInterval);
        WatchSuspension();
    }

    public void Render(NodeEvent nodeEvent)
    {
        lock (_lock)
        {
            _hasChanged = true;
            var index = nodeEvent.Target.Index;
            _transfers.Add(nodeEvent);
            switch (nodeEvent)
            {
                case NodeConnecting:
                    _running[index] = new RunningNode(nodeEvent.Target, _time.GetTimestamp(), _escaper);
                    break;
                case NodeStarted started when _running.TryGetValue(index, out var connecting):
                    connecting.IsConnected = true;
                    if (_redraw is not null && started.Step is > 1 and var step && _plan.Job is StepsJob steps)
                        connecting.ShowMark(JobCommands.GetStep(steps, step));
                    break;
                case NodeOutput output when _redraw is not null:
                    _bytes += output.Data.Length;
                    _running.GetValueOrDefault(index)?.Append(output.Stream, output.Data.Span);
                    break;
                case NodeRetrying retrying when _redraw is not null:
                    _running.GetValueOrDefault(index)?.ShowMark($"{retrying.Result.Cause}; {RetryText.Next(retrying, _plan)}");
                    break;
                case NodeProgress progress when _redraw is not null:
                    _running.GetValueOrDefault(index)?.Show(progress);
                    break;
                case BatchWaiting { Pause: null } when _redraw is not null:
                    // The question is asked below the last line.
                    _isAsking = true;
                    _writer.SetStatus(null);
                    break;
                case BatchStarted:
                    _isAsking = false;
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
            _suspending?.Dispose();
        }

        if (_redraw is null)
            return;
        _redraw.Dispose();
        _writer.SetStatus(null);
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
            if (_isOver || _isSuspended || _isAsking)
                return;
            var size = _writer.StatusSize;
            if (!_hasChanged && size == _size && _time.GetElapsedTime(_drawnAt) < IdleInterval)
                return;
            _size = size;
            _hasChanged = false;
            _drawnAt = _time.GetTimestamp();
            _writer.SetStatus(_view.Draw(size.Columns, size.Lines, _finished, _control.Counts,
                new RunAmount(_bytes + _transfers.Bytes, _transfers.Expected), _running.Values), _style.IsOn);
        }
    }

    /// <summary>
    /// Handles Ctrl+Z: erases the progress rows before the shell takes the terminal, and draws them again when the program continues.
    /// </summary>
    private void Suspend(PosixSignalContext context)
    {
        context.Cancel = true;
        // The rows are erased, and the question stops the program.
        if (_writer.IsHeld)
            return;
        lock (_lock)
        {
            // The signal must have its default action, so that the shell sees which signal stopped the program.
            _suspending?.Dispose();
            _isSuspended = true;
        }

        _writer.SetStatus(null);
        _writer.Flush(EraseLimit);
        // Its handler is not registered now.
        _ = SignalCalls.Send(Environment.ProcessId, SignalCalls.TerminalStop);
        lock (_lock)
        {
            _isSuspended = false;
            _hasChanged = true;
            if (!_isOver)
                WatchSuspension();
        }
    }

    private void WatchSuspension() => _suspending = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Suspend);
}
