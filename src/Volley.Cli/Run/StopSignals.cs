using System.Runtime.InteropServices;
using Volley.Cli.Output;
using Volley.Cli.Output.Progress;
using Volley.Cli.Terminal;

namespace Volley.Cli.Run;

/// <summary>Handles INT, TERM, HUP, QUIT and USR1 for the whole run, so that none of them kills the program before the run has ended.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan ReaderLimit = TimeSpan.FromMilliseconds(200);

    private readonly Rounds _rounds;
    private readonly RunControl _control;
    private readonly TerminalWriter _writer;
    private readonly InterruptSequence _interrupts;
    private readonly bool _isBatch;
    private readonly Func<bool>? _interrupted;
    private readonly TransferTotals? _transfers;
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="rounds">The rounds to stop.</param>
    /// <param name="control">The control with the run's stop reason and counts.</param>
    /// <param name="writer">The destination of the messages.</param>
    /// <param name="isBatch">Whether the first Ctrl+C terminates the run.</param>
    /// <param name="time">The clock.</param>
    /// <param name="transfers">What the run has copied, if it copies files.</param>
    /// <param name="interrupted">Handles an interrupt instead of the usual two stages, unless it returns false.</param>
    public StopSignals(
        Rounds rounds, RunControl control, TerminalWriter writer, bool isBatch, TimeProvider time, TransferTotals? transfers, Func<bool>? interrupted)
    {
        _rounds = rounds;
        _transfers = transfers;
        _interrupted = interrupted;
        _control = control;
        _writer = writer;
        _isBatch = isBatch;
        _interrupts = new InterruptSequence(isBatch, time);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Handle(context, OnInterrupt)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Handle(context, () => End(StopReason.Terminate))),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Handle(context, () => End(StopReason.HangUp))),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => Handle(context, () => End(StopReason.Quit))),
            PosixSignalRegistration.Create(LinuxSignals.User1, context => Handle(context, () => _writer.PrintErr(Status()))),
        ];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Handle(PosixSignalContext context, Action action)
    {
        context.Cancel = true;
        lock (_lock)
            action();
    }

    private void OnInterrupt()
    {
        if (_interrupted?.Invoke() == true)
            return;
        switch (_interrupts.Press(_control.Reason != StopReason.None))
        {
            case InterruptSequence.Action.ShowStatus:
                _writer.PrintErrAfterKey("Received Ctrl+C. Press Ctrl+C again within 1 second to terminate.", Status());
                break;
            case InterruptSequence.Action.Terminate:
                _writer.EndQuestion(isAnswered: false);
                _writer.PrintErrAfterKey(_isBatch
                    ? "Received Ctrl+C (batch mode). Terminating all jobs..."
                    : "Received second Ctrl+C. Terminating all jobs...");
                _rounds.TryStop(StopReason.Interrupt);
                break;
            default:
                StopNow();
                break;
        }
    }

    private string Status()
    {
        var counts = _control.Counts;
        // The numbers may be of two moments: the thread of the events changes them.
        var copied = _transfers is null ? "" : $"; {NumberText.Count(_transfers.Files, "file")}, {NumberText.Bytes(_transfers.Bytes)} copied";
        return $"Status: {counts.Running} running, {counts.Completed + counts.Failed} completed ({counts.Failed} failed), {counts.Queued} queued{copied}";
    }

    private void End(StopReason reason)
    {
        if (!_rounds.TryStop(reason))
            StopNow();
    }

    /// <summary>Stops waiting, both for commands and for a reader of the output that does not read.</summary>
    private void StopNow()
    {
        _rounds.StopNow();
        _ = _writer.GiveUpWhenStuckAsync(ReaderLimit, CancellationToken.None);
    }
}
