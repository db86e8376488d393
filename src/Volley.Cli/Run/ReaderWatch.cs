using Volley.Cli.Terminal;

namespace Volley.Cli.Run;

/// <summary>Stops a run when standard output is closed; and once the run is stopped, waits for a reader no longer than for a command.</summary>
internal sealed class ReaderWatch : IAsyncDisposable
{
    private readonly TerminalWriter _writer;
    private readonly RunControl _control;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;

    /// <param name="writer">Has the standard output.</param>
    /// <param name="control">The run.</param>
    /// <param name="grace">How long a stopped run waits for the reader.</param>
    public ReaderWatch(TerminalWriter writer, RunControl control, TimeSpan grace)
    {
        (_writer, _control) = (writer, control);
        _watching = WatchAsync(grace, _ended.Token);
    }

    /// <summary>
    /// The run is over and its output is flushed. If standard output has failed, the run counts as stopped: the last output can find the reader gone after
    /// everything else has gone well.
    /// </summary>
    /// <returns>A fault of standard output, which is to be told and makes the exit code <see cref="ExitCodes.Failure"/>; null if there is none.</returns>
    public async Task<OutputException?> CompleteAsync()
    {
        await DisposeAsync();
        if (!_writer.StdoutFailed.IsCompleted)
            return null;
        var failure = await _writer.StdoutFailed;
        _control.Stop(ReasonOf(failure));
        return failure.Failure == OutputFailure.Fault ? failure : null;
    }

    /// <summary>The run is over. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
            return;
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
    }

    /// <summary>Why a run stops that lost its standard output.</summary>
    private static StopReason ReasonOf(OutputException failure) =>
        failure.Failure == OutputFailure.HungUp ? StopReason.HangUp : StopReason.OutputClosed;

    private async Task WatchAsync(TimeSpan grace, CancellationToken ended)
    {
        try
        {
            if (await Task.WhenAny(_writer.StdoutFailed, _control.Stopped).WaitAsync(ended) == _writer.StdoutFailed)
                _control.Stop(ReasonOf(await _writer.StdoutFailed));
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await _writer.GiveUpWhenStuckAsync(grace, ended);
    }
}
