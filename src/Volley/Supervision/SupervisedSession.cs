using Volley.Interop;

namespace Volley.Supervision;

/// <summary>A session whose commands are supervised.</summary>
/// <param name="inner">The session of the transport.</param>
/// <param name="use">Keeps the supervisor.</param>
internal sealed class SupervisedSession(ISession inner, SupervisedHost.Use use) : ISession
{
    /// <summary>How long a session is waited for where no other command has one.</summary>
    private static readonly TimeSpan TurnLimit = TimeSpan.FromSeconds(10);

    public bool ConnectsAtStart => inner.ConnectsAtStart;

    public bool MayHaveStarted => inner.MayHaveStarted;

    public bool SetsEnvironment => inner.SetsEnvironment;

    public bool MayAddTerminal => inner.MayAddTerminal;

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    public async ValueTask WaitForTurnAsync(CancellationToken cancellationToken)
    {
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = inner.WaitForTurnAsync(abandoned.Token).AsTask();
        while (await Task.WhenAny(waiting, Task.Delay(TurnLimit, cancellationToken)).ConfigureAwait(false) != waiting)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (use.Supervisor.HasCommands)
                continue;
            await abandoned.CancelAsync().ConfigureAwait(false);
            await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new TransportException(
                NodeOutcome.ConnectFailed,
                "the target can't be supervised: its server allows one session on a connection (MaxSessions), "
                + "and the supervisor has it; the command was not started")
            {
                Reason = "can't be supervised",
            };
        }

        await waiting.ConfigureAwait(false);
    }

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
    {
        var mark = Sodium.RandomDigits(16);
        await use.Supervisor.BeginAsync(mark).ConfigureAwait(false);
        try
        {
            return new SupervisedProcess(
                await inner.StartAsync(command.WithMark($"VOLLEY_SUPERVISED_{mark}"), cancellationToken).ConfigureAwait(false), use.Supervisor, mark);
        }
        catch
        {
            await use.Supervisor.EndAsync(mark, endsCommand: inner.MayHaveStarted).ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) =>
        inner.OpenSubsystemAsync(name, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await use.DisposeAsync().ConfigureAwait(false);
    }
}
