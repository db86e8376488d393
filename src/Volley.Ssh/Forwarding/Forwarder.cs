namespace Volley.Ssh.Forwarding;

/// <summary>
/// Accepts connections and forwards each of them, until it is stopped or the connection to the server ends. A failure of one connection does not affect
/// others.
/// </summary>
/// <typeparam name="T">An accepted connection.</typeparam>
internal sealed class Forwarder<T> : IAsyncDisposable
    where T : class
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<CancellationToken, ValueTask<T?>> _accept;
    private readonly Func<T, CancellationToken, Task> _forward;
    private readonly Action<Exception>? _onFailure;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // One for the loop that accepts, and one for each connection.
    private int _running = 1;

    /// <summary>Starts to accept connections.</summary>
    /// <param name="accept">Accepts a connection; null if there will be no more.</param>
    /// <param name="forward">Forwards a connection until its end, and closes it.</param>
    /// <param name="onFailure">Called with the failure of a connection; null to ignore it.</param>
    public Forwarder(Func<CancellationToken, ValueTask<T?>> accept, Func<T, CancellationToken, Task> forward, Action<Exception>? onFailure)
    {
        (_accept, _forward, _onFailure) = (accept, forward, onFailure);
        Completion = Task.Run(AcceptAsync);
    }

    /// <summary>A task that completes when no more connections are accepted. It never faults.</summary>
    public Task Completion { get; }

    /// <summary>Stops accepting, ends the connections and waits until they have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _idle.Task.ConfigureAwait(false);
        // It fails with a callback that throws.
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    /// <summary>Stops accepting, and ends the connections.</summary>
    public void Stop()
    {
        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has stopped before.
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (await _accept(_stopping.Token).ConfigureAwait(false) is { } accepted)
            {
                Interlocked.Increment(ref _running);
                _ = ForwardAsync(accepted);
            }
        }
#pragma warning disable CA1031 // Reported to the caller, who is not waiting.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Report(failure);
        }
        finally
        {
            Leave();
        }
    }

    private async Task ForwardAsync(T accepted)
    {
        try
        {
            await _forward(accepted, _stopping.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Reported to the caller, who is not waiting.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Report(failure);
        }
        finally
        {
            Leave();
        }
    }

    private void Report(Exception failure)
    {
        if (!_stopping.IsCancellationRequested && failure is not OperationCanceledException)
            _onFailure?.Invoke(failure);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0)
            _idle.SetResult();
    }
}
