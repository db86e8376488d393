namespace Volley;

/// <summary>A transport: connects to targets to run commands there.</summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Connects to a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="cancellationToken">Fires when the connect timeout elapses or the target is stopped.</param>
    /// <returns>A session, which the caller disposes of.</returns>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken);
}
