namespace Volley.Transports.Inline;

/// <summary>
/// A transport that can resume its callers on the threads that watch its connections. The executor uses this, because it never blocks them; all other
/// callers are resumed on the thread pool.
/// </summary>
internal interface IInlineTransport : ITransport, IDisposalCheck
{
    /// <summary>
    /// Whether the transport applies the connect timeout itself, to each attempt, and without the waits for a turn and between attempts. Otherwise the
    /// executor applies it.
    /// </summary>
    bool AppliesConnectTimeout => true;

    /// <summary>Connects to a target. Callers of this method, of the session and of its process are resumed inline.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    ValueTask<ISession> ConnectInlineAsync(Target target, CancellationToken cancellationToken);
}
