using static Volley.Transports.Inline.PoolResumption;

namespace Volley.Transports.Inline;

/// <summary>A session whose callers are resumed on the thread pool.</summary>
/// <param name="inner">The session, which may resume them inline.</param>
internal sealed class PoolSession(ISession inner) : ISession
{
    public bool ConnectsAtStart => inner.ConnectsAtStart;

    public bool MayHaveStarted => inner.MayHaveStarted;

    public bool SetsEnvironment => inner.SetsEnvironment;

    public bool MayAddTerminal => inner.MayAddTerminal;

    public ValueTask PingAsync(CancellationToken cancellationToken) => OnPool(inner.PingAsync(cancellationToken));

    public ValueTask WaitForTurnAsync(CancellationToken cancellationToken) => OnPool(inner.WaitForTurnAsync(cancellationToken));

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) =>
        new PoolProcess(await OnPool(inner.StartAsync(command, cancellationToken)).ConfigureAwait(false));

    public async ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) =>
        new PoolProcess(await OnPool(inner.OpenSubsystemAsync(name, cancellationToken)).ConfigureAwait(false));

    public ValueTask DisposeAsync() => OnPool(inner.DisposeAsync());
}
