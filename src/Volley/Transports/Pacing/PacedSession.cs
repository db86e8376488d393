namespace Volley.Transports.Pacing;

/// <summary>A session that retries its first start, which may be what makes the connection.</summary>
internal sealed class PacedSession(ISession inner, Target target, RetrySchedule schedule) : ISession
{
    public bool ConnectsAtStart => inner.ConnectsAtStart;

    public bool MayHaveStarted => inner.MayHaveStarted;

    public bool SetsEnvironment => inner.SetsEnvironment;

    public bool MayAddTerminal => inner.MayAddTerminal;

    public ValueTask WaitForTurnAsync(CancellationToken cancellationToken) => inner.WaitForTurnAsync(cancellationToken);

    public async ValueTask PingAsync(CancellationToken cancellationToken) => await schedule.RunAsync(
        target,
        schedule.NewBudget(),
        async token =>
        {
            await inner.PingAsync(token).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) => await schedule.RunAsync(
        target, schedule.NewBudget(), token => inner.StartAsync(command, token), cancellationToken).ConfigureAwait(false);

    public async ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) => await schedule.RunAsync(
        target, schedule.NewBudget(), token => inner.OpenSubsystemAsync(name, token), cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
