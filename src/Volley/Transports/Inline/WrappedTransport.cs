namespace Volley.Transports.Inline;

/// <summary>The transport that another one wraps, and that is disposed with it.</summary>
/// <param name="transport">The transport.</param>
/// <param name="wrapper">The type of the other transport, for exceptions.</param>
internal sealed class WrappedTransport(ITransport transport, Type wrapper) : ITransport, IDisposalCheck
{
    private volatile bool _isDisposed;

    /// <summary>The transport itself, with callers resumed inline.</summary>
    public ITransport Inner { get; } = InlineTransport.From(Argument.NotNull(transport, nameof(transport)));

    /// <summary>Whether the transport applies the connect timeout itself.</summary>
    public bool AppliesConnectTimeout => InlineTransport.AppliesConnectTimeout(Inner);

    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => Inner.ConnectAsync(target, cancellationToken);

    public void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, wrapper);
        (Inner as IDisposalCheck)?.ThrowIfDisposed();
    }

    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return Inner.DisposeAsync();
    }
}
