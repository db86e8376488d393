namespace Volley;

/// <summary>A session with one target. A transport that connects and starts a command in one step connects at the first start.</summary>
public interface ISession : IAsyncDisposable
{
    /// <summary>Whether starting a command makes the connection. Then the command timeout does not apply to the start.</summary>
    bool ConnectsAtStart => false;

    /// <summary>
    /// Whether the target received a start request and has not refused it: then the command may run even if <see cref="StartAsync"/>
    /// failed. A session that wraps another one must pass this on. After an exception that is no <see cref="TransportException"/>, the
    /// result says in any case that the command may still run.
    /// </summary>
    bool MayHaveStarted => false;

    /// <summary>
    /// Whether <see cref="StartAsync"/> sets the variables and the directory of a command, as for a local process. Otherwise the command's line does, and
    /// the command that is started has neither. A session that wraps another one must pass this on.
    /// </summary>
    bool SetsEnvironment => false;

    /// <summary>
    /// Whether a command may get a terminal that its job does not ask for. A terminal would echo what is written to standard input before the command runs.
    /// A session that wraps another one must pass this on.
    /// </summary>
    bool MayAddTerminal => false;

    /// <summary>Checks that the target is connected and authenticated, and runs no command.</summary>
    /// <param name="cancellationToken">Fires when the connect timeout elapses or the target is stopped.</param>
    /// <returns>A task that completes when the check has succeeded.</returns>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    ValueTask PingAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the target accepts one more command, if it limits their number. The session is connected by then, so no time limit
    /// covers this wait.
    /// </summary>
    /// <param name="cancellationToken">Fires when the target is stopped.</param>
    /// <returns>A task that completes when a command can be started.</returns>
    /// <exception cref="TransportException">The target accepts no command, or the connection broke.</exception>
    ValueTask WaitForTurnAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Starts a command. It is running when the task completes.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Fires when a time limit elapses or the target is stopped.</param>
    /// <returns>The command, which the caller disposes of.</returns>
    /// <exception cref="TransportException">The command can't be started, or the target can't be reached.</exception>
    ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a subsystem of the target's SSH server, such as sftp. Its protocol is spoken on standard input, which is open, and on standard
    /// output. It ends with its channel, so disposing the process stops it.
    /// </summary>
    /// <param name="name">The name of the subsystem.</param>
    /// <param name="cancellationToken">Fires when a time limit elapses or the target is stopped.</param>
    /// <returns>The running subsystem, which the caller disposes of.</returns>
    /// <exception cref="TransportException">
    /// The transport or the target has no such subsystem, or the target can't be reached. A transport that connects at the start can report the
    /// former only when the process is waited for.
    /// </exception>
    ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) =>
        throw TransportException.NoSubsystem($"this transport has no subsystem {name}");
}
