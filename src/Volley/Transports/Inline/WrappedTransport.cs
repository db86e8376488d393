namespace Volley.Transports.Inline;

/// <summary>The transport that another one wraps, and that is disposed with it.</summary>
/// <param name="transport">The transport.</param>
/// <param name="wrapper">The type of the other transport, for exceptions.</param>
internal sealed class WrappedTransport(ITransport transport, Type wrapper) : ITransport, IDisposalCheck
{
    private readonly ITransport _inner = InlineTransport.From(Argument.NotNull(transport, nameof(transport)));
    private volatile bool _isDisposed;

    /// <summary>Whether the transport applies the connect timeout itself.</summary>
    public bool AppliesConnectTimeout => InlineTransport.AppliesConnectTimeout(_inner);

    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => _inner.ConnectAsync(target, cancellationToken);

    public void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, wrapper);
        (_inner as IDisposalCheck)?.ThrowIfDisposed();
    }

    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return _inner.DisposeAsync();
    }
}
