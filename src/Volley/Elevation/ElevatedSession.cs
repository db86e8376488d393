using Volley.Transports.Exec;

namespace Volley.Elevation;

/// <summary>A session whose commands run as another user.</summary>
/// <param name="inner">The session of the transport.</param>
/// <param name="target">The target.</param>
/// <param name="run">What all elevated commands of the run share.</param>
internal sealed class ElevatedSession(ISession inner, Target target, ElevationRun run) : ISession
{
    private volatile bool _needsPassword;

    public bool ConnectsAtStart => inner.ConnectsAtStart;

    public bool MayHaveStarted => inner.MayHaveStarted;

    public bool MayAddTerminal => run.Command.AsksOnTerminal || inner.MayAddTerminal;

    public Target Target => target;

    public ElevationRun Run => run;

    /// <summary>Whether the target is reached without a login shell, which would parse a command line.</summary>
    public bool TakesArguments => inner.SetsEnvironment;

    /// <summary>Whether the target has asked for the password, so that the attempt without one is of no use.</summary>
    public bool NeedsPassword
    {
        get => _needsPassword;
        set => _needsPassword = value;
    }

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    public ValueTask WaitForTurnAsync(CancellationToken cancellationToken) => inner.WaitForTurnAsync(cancellationToken);

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) =>
        command.IsUnelevated
            ? await inner.StartAsync(command, cancellationToken).ConfigureAwait(false)
            : await ElevatedProcess.StartAsync(this, command, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) => name == SftpProgram.Subsystem
        ? await StartAsync(SftpProgram.StartAtHome with { Input = StandardInput.FromStream(Stream.Null) }, cancellationToken).ConfigureAwait(false)
        : throw TransportException.NoSubsystem($"the subsystem {name} can't run as another user");

    /// <summary>Starts a composed command.</summary>
    public ValueTask<IRemoteProcess> StartComposedAsync(CommandJob command, CancellationToken cancellationToken) =>
        inner.StartAsync(command, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
