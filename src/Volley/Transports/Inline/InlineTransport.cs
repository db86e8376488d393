namespace Volley.Transports.Inline;

/// <summary>A transport as the executor uses it: callers are resumed inline if the transport can do that.</summary>
internal static class InlineTransport
{
    /// <summary>Returns the transport with callers resumed inline, or the transport itself if it can't do that.</summary>
    /// <exception cref="ArgumentNullException">The transport is null.</exception>
    public static ITransport From(ITransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return transport is IInlineTransport inline ? new Adapter(inline) : transport;
    }

    private sealed class Adapter(IInlineTransport transport) : ITransport
    {
        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
            transport.ConnectInlineAsync(target, cancellationToken);

        public ValueTask DisposeAsync() => transport.DisposeAsync();
    }
}
