namespace Volley.Transports.Inline;

/// <summary>A transport as the executor uses it: callers are resumed inline if the transport can do that.</summary>
internal static class InlineTransport
{
    /// <summary>Returns the transport with callers resumed inline, or the transport itself if it can't do that.</summary>
    public static ITransport From(ITransport transport) =>
        transport is IInlineTransport inline ? new Adapter(inline, connectTimeout: null) : transport;

    /// <summary>Returns the transport for a run: with callers resumed inline, and with the connect timeout of the plan, if it can do that.</summary>
    public static ITransport From(ITransport transport, TimeSpan connectTimeout) => transport is IInlineTransport inline
        ? new Adapter(inline, connectTimeout == RunPlan.DefaultConnectTimeout || !inline.AppliesConnectTimeout ? null : connectTimeout)
        : transport;

    /// <summary>Returns whether the transport applies the connect timeout itself.</summary>
    public static bool AppliesConnectTimeout(ITransport transport) =>
        transport is Adapter { AppliesConnectTimeout: true } or IInlineTransport { AppliesConnectTimeout: true };

    private sealed class Adapter(IInlineTransport transport, TimeSpan? connectTimeout) : ITransport, IDisposalCheck
    {
        public bool AppliesConnectTimeout => transport.AppliesConnectTimeout;

        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
            transport.ConnectInlineAsync(connectTimeout is null ? target : target with { ConnectTimeout = connectTimeout }, cancellationToken);

        public void ThrowIfDisposed() => transport.ThrowIfDisposed();

        public ValueTask DisposeAsync() => transport.DisposeAsync();
    }
}
