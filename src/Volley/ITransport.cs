namespace Volley;

/// <summary>A transport: connects to targets to run commands there.</summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Connects to a target.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken);
}
