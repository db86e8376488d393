using Volley.Cli.Terminal;

namespace Volley.Cli.Run;

/// <summary>
/// Stops a run when standard output is closed. After a stop, it waits for a slow reader no longer than for a command.
/// </summary>
internal sealed class ReaderWatch : IAsyncDisposable
{
    private readonly TerminalWriter _writer;
    private readonly RunControl _control;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;

    /// <param name="writer">The owner of standard output.</param>
    /// <param name="control">The run to stop.</param>
    /// <param name="grace">The time that a stopped run waits for the reader.</param>
    public ReaderWatch(TerminalWriter writer, RunControl control, TimeSpan grace)
    {
        (_writer, _control) = (writer, control);
        _watching = WatchAsync(grace, _ended.Token);
    }

    /// <summary>
    /// Ends the watch after the run is over and its output is flushed. If standard output has failed, the run counts as stopped: the reader
    /// can leave before the last output even though all nodes succeeded.
    /// </summary>
    /// <returns>A fault of standard output, to be reported with exit code <see cref="ExitCodes.Failure"/>; null if there is none.</returns>
    public async Task<OutputException?> CompleteAsync()
    {
        await DisposeAsync();
        if (!_writer.StdoutFailed.IsCompleted)
            return null;
        var failure = await _writer.StdoutFailed;
        _control.Stop(GetStopReason(failure));
        return failure.Failure == OutputFailure.Fault ? failure : null;
    }

    /// <summary>Ends the watch. Can be called more than once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
            return;
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
    }

    /// <summary>Returns the reason for a stop after standard output has failed.</summary>
    private static StopReason GetStopReason(OutputException failure) =>
        failure.Failure == OutputFailure.HungUp ? StopReason.HangUp : StopReason.OutputClosed;

    private async Task WatchAsync(TimeSpan grace, CancellationToken ended)
    {
        try
        {
            if (await Task.WhenAny(_writer.StdoutFailed, _control.Stopped).WaitAsync(ended) == _writer.StdoutFailed)
                _control.Stop(GetStopReason(await _writer.StdoutFailed));
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await _writer.GiveUpWhenStuckAsync(grace, ended);
    }
}
