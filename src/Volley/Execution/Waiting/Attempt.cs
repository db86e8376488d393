using Volley.Transports;

namespace Volley.Execution.Waiting;

/// <summary>Attempts to do something at a target that may not be reachable: each makes a session of its own.</summary>
/// <param name="run">What all nodes of the run share.</param>
/// <param name="limit">The time limit of the work of one attempt, without connecting; infinite for none.</param>
internal sealed class Attempt(RunContext run, TimeSpan limit)
{
    /// <summary>Connects, and does the work. Returns why that failed; null if it succeeded.</summary>
    /// <param name="node">The node. Its deadline ends the attempt.</param>
    /// <param name="work">Does the work, and returns why it failed; null if it succeeded.</param>
    /// <exception cref="TransportException">The host key or the elevation was refused, so that no attempt can succeed.</exception>
    /// <exception cref="OperationCanceledException">The deadline has fired.</exception>
    public async Task<string?> TryAsync(Node node, Func<ISession, CancellationToken, Task<string?>> work)
    {
        var token = node.Deadline.Token;
        try
        {
            var connecting = run.Transport.ConnectAsync(node.Target, token).AsTask();
            var session = await node.Deadline.WaitForAsync(new ValueTask<ISession>(WithLimitAsync(connecting))).ConfigureAwait(false);
            Returned.NotNull(session, run.Transport, nameof(ITransport.ConnectAsync));
            await using var disposing = session.ConfigureAwait(false);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(token);
            var working = work(session, ending.Token);
            try
            {
                return await working.WaitAsync(limit, run.Time, token).ConfigureAwait(false);
            }
            finally
            {
                await ending.CancelAsync().ConfigureAwait(false);
                await ((Task)working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (TransportException failure) when (!node.Deadline.HasFired && failure.Outcome is not (NodeOutcome.HostKeyRejected or NodeOutcome.ElevationFailed))
        {
            return failure.Message;
        }
        catch (TimeoutException)
        {
            return "no answer";
        }
        catch (IOException failure) when (!node.Deadline.HasFired)
        {
            return failure.Message;
        }
    }

    /// <summary>Waits for the next attempt.</summary>
    /// <exception cref="OperationCanceledException">The deadline has fired.</exception>
    public async Task PauseAsync(Node node, TimeSpan interval)
    {
        await Task.Delay(interval, run.Time, node.Deadline.Token).ConfigureAwait(false);
        node.Deadline.ThrowIfFired();
    }

    private async Task<ISession> WithLimitAsync(Task<ISession> connecting)
    {
        try
        {
            return await connecting.WaitAsync(run.ConnectTimeout, run.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _ = DropAsync(connecting);
            throw;
        }
    }

    private static async Task DropAsync(Task<ISession> connecting)
    {
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
            await connecting.Result.DisposeAsync().ConfigureAwait(false);
    }
}
