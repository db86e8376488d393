using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Volley.Cli.Run;
using Volley.Cli.Terminal;
using Volley.Interop;

namespace Volley.Cli.Pdsh;

/// <summary>
/// Handles keys and signals during a run. ^C shows the running commands, and a second ^C within a second stops the run; with <c>-b</c> the
/// first one does. ^Z within a second after ^C cancels the hosts that have not started. TERM, HUP and QUIT stop the run and its jobs, and
/// USR1 shows the running commands.
/// </summary>
internal sealed class PdshSignals : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReaderLimit = TimeSpan.FromMilliseconds(200);

    private readonly PdshArguments _arguments;
    private readonly PdshTargets _labels;
    private readonly PdshContext _context;
    private readonly TerminalWriter _writer;
    private readonly ImmutableArray<Target> _targets;
    private readonly PdshChildren _children;
    private readonly RunSummary _summary;
    private readonly RunControl _control;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long? _lastPress;

    public PdshSignals(
        PdshArguments arguments, PdshTargets targets, PdshContext context, TerminalWriter writer, RunPlan plan,
        PdshChildren children, RunSummary summary, RunControl control, TimeProvider time)
    {
        _arguments = arguments;
        _context = context;
        _writer = writer;
        _labels = targets;
        _targets = plan.Targets;
        _children = children;
        _summary = summary;
        _control = control;
        _time = time;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Handle(signal, OnInterrupt)),
            PosixSignalRegistration.Create(PosixSignal.SIGTSTP, signal => Handle(signal, OnStop)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Handle(signal, () => End(StopReason.Terminate))),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Handle(signal, () => End(StopReason.HangUp))),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => Handle(signal, () => End(StopReason.Quit))),
            PosixSignalRegistration.Create(LinuxSignals.User1, signal => Handle(signal, () => _writer.PrintErr([.. States()]))),
        ];
    }

    private bool IsWithinWindow => _lastPress is { } last && _time.GetElapsedTime(last) <= Window;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Handle(PosixSignalContext signal, Action action)
    {
        signal.Cancel = true;
        lock (_lock)
            action();
    }

    private void OnInterrupt()
    {
        if (_control.Reason != StopReason.None)
            StopNow();
        else if (_arguments.IsBatch)
            Abort("batch mode interrupt, aborting.");
        else if (IsWithinWindow)
            Abort("interrupt, aborting.");
        else
            ShowState();
    }

    private void ShowState()
    {
        _lastPress = _time.GetTimestamp();
        _writer.PrintErr(
            [
                _context.Prefix("interrupt (one more within 1 sec to abort)"),
                _context.Prefix(" (^Z within 1 sec to cancel pending threads)"),
                .. States(),
            ]);
    }

    /// <summary>
    /// Handles ^Z: soon after ^C it cancels pending hosts. Otherwise it suspends the program, since the runtime does not do that once a
    /// handler is registered.
    /// </summary>
    private void OnStop()
    {
        if (!IsWithinWindow)
        {
            _ = SignalCalls.Send(Environment.ProcessId, SignalCalls.Stop);
            return;
        }

        _lastPress = null;
        var pending = _targets.Where(target => _children.Find(target) is null && _summary.Results[target.Index] is null).ToList();
        foreach (var target in pending)
            _control.Cancel(target);
        _writer.PrintErr(_context.Prefix($"Canceled {pending.Count} pending threads."));
    }

    private IEnumerable<string> States() => _targets.Select(GetState).OfType<string>();

    private string? GetState(Target target)
    {
        var child = _children.Find(target);
        var state = child switch
        {
            _ when _summary.Results[target.Index] is not null => _arguments.HasDetails ? "[done]" : null,
            { IsRunning: true } => $"command in progress{TimeLeft(child)}",
            { } => _arguments.HasDetails ? "[done]" : null,
            _ => _arguments.HasDetails ? "[new]" : null,
        };
        return state is null ? null : _context.Prefix($"{_labels.GetLabel(target)}: {state}");
    }

    private string TimeLeft(PdshChild child)
    {
        if (!_arguments.HasDetails || _arguments.CommandTimeout == 0)
            return "";
        var left = _arguments.CommandTimeout - (int)_time.GetElapsedTime(child.StartedAt).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $" (timeout in {left} secs)");
    }

    private void Abort(string message)
    {
        var running = _targets.Select(_children.Find).Where(child => child is { IsRunning: true, IsChannel: false }).ToList();
        _writer.PrintErr(
            [
                .. running.Select(child => $"sending signal 2 to {_labels.GetLabel(child!.Target)} [{child.Program}] pid {child.ProcessId}"),
                _context.Prefix(message),
            ]);
        foreach (var child in running)
            child!.PassOn("INT");
        End(StopReason.Interrupt);
    }

    private void End(StopReason reason)
    {
        if (_control.Reason != StopReason.None)
            StopNow();
        else
            _control.Stop(reason);
    }

    /// <summary>Stops waiting, both for commands and for a reader of the output that does not read.</summary>
    private void StopNow()
    {
        _control.StopNow();
        _ = _writer.GiveUpWhenStuckAsync(ReaderLimit, CancellationToken.None);
    }
}
