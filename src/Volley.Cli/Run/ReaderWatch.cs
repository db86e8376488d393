using Volley.Cli.Terminal;

namespace Volley.Cli.Run;

/// <summary>Stops a run when standard output is closed; and once the run is stopped, waits for a reader no longer than for a command.</summary>
internal sealed class ReaderWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;

    /// <param name="writer">Has the standard output.</param>
    /// <param name="control">The run.</param>
    /// <param name="grace">How long a stopped run waits for the reader.</param>
    public ReaderWatch(TerminalWriter writer, RunControl control, TimeSpan grace) => _watching = WatchAsync(writer, control, grace, _ended.Token);

    /// <summary>Why a run stops that lost its standard output.</summary>
    public static StopReason ReasonOf(OutputException failure) =>
        failure.Failure == OutputFailure.HungUp ? StopReason.HangUp : StopReason.OutputClosed;

    /// <summary>The run is over. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
            return;
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
    }

    private static async Task WatchAsync(TerminalWriter writer, RunControl control, TimeSpan grace, CancellationToken ended)
    {
        try
        {
            if (await Task.WhenAny(writer.StdoutFailed, control.Stopped).WaitAsync(ended) == writer.StdoutFailed)
                control.Stop(ReasonOf(await writer.StdoutFailed));
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await writer.GiveUpWhenStuckAsync(grace, ended);
    }
}
