using Volley.Ssh;

namespace Volley.Transports.Sharing;

/// <summary>A session on a connection that other sessions may share.</summary>
/// <param name="connection">The connection.</param>
/// <param name="limit">The time limit for each answer of the server until the command runs.</param>
/// <param name="cantShare">Called when the server has failed to run another command on the connection: later commands need their own connections.</param>
/// <param name="environment">The environment variables that the user's configuration sets for every command.</param>
/// <param name="release">Called when the connection is no longer needed.</param>
internal sealed class ChannelSession(
    SharedConnection connection,
    ConnectLimit limit,
    Func<ValueTask> cantShare,
    IReadOnlyList<KeyValuePair<string, string>> environment,
    Func<ValueTask> release) : ISession
{
    private int _isDisposed;
    private SshChannel? _ready;

    public bool MayHaveStarted { get; private set; }

    /// <summary>
    /// Begins to accept channels to the agent for a command, until the result is disposed; null to forward no agent. The result is null where a control
    /// master accepts them.
    /// </summary>
    public Func<IAsyncDisposable?>? ForwardAgent { get; init; }

    /// <summary>Opens the channel for the command, unless the server allows no more channels at the moment.</summary>
    /// <exception cref="TransportException">The connection is over.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken) =>
        _ready = await OpenAsync(() => connection.TryOpenSessionAsync(limit, cancellationToken)).ConfigureAwait(false);

    public async ValueTask WaitForTurnAsync(CancellationToken cancellationToken)
    {
        // An earlier command of this session has ended.
        MayHaveStarted = false;
        _ready ??= await OpenAsync(() => connection.OpenSessionAsync(limit, cancellationToken)).ConfigureAwait(false);
    }

    public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) =>
        StartAsync(command, subsystem: null, cancellationToken);

    public ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) =>
        StartAsync(command: null, name, cancellationToken);

    /// <summary>Starts a command or a subsystem; the other one is null.</summary>
    private async ValueTask<IRemoteProcess> StartAsync(CommandJob? command, string? subsystem, CancellationToken cancellationToken)
    {
        command?.ThrowIfTooLong();
        var channel = Interlocked.Exchange(ref _ready, null)
            ?? await OpenAsync(() => connection.OpenSessionAsync(limit, cancellationToken)).ConfigureAwait(false);
        var process = new ChannelProcess(connection, channel, command?.Terminal);
        try
        {
            return await limit.StartAsync(
                token => command is null ? StartAsync(process, channel, subsystem!, token) : StartAsync(process, channel, command, token),
                () => MayHaveStarted || command?.Terminal is null,
                cancellationToken).ConfigureAwait(false);
        }
        catch (SshException refusal) when (refusal.Failure == SshFailure.RequestRefused)
        {
            MayHaveStarted = false;
            await process.DisposeAsync().ConfigureAwait(false);
            throw await UnstartedAsync(subsystem is null
                ? new TransportException(NodeOutcome.ConnectFailed, refusal.Message, refusal)
                : TransportException.NoSubsystem(refusal.Message, refusal)).ConfigureAwait(false);
        }
        catch (SshException failure)
        {
            await process.DisposeAsync().ConfigureAwait(false);
            var lost = connection.LostConnection(failure);
            throw MayHaveStarted ? lost : await UnstartedAsync(lost).ConfigureAwait(false);
        }
        catch
        {
            // A slow server may still start the command; then it forwards this signal.
            if (MayHaveStarted)
                await channel.SendSignalAsync("TERM", CancellationToken.None).ConfigureAwait(false);
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IRemoteProcess> StartAsync(ChannelProcess process, SshChannel channel, CommandJob command, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in environment)
            await channel.RequestEnvironmentAsync(name, value, cancellationToken).ConfigureAwait(false);
        if (ForwardAgent is not null)
        {
            process.Agent = ForwardAgent();
            await connection.RequestAgentAsync(channel, cancellationToken).ConfigureAwait(false);
        }

        await process.OpenTerminalAsync(cancellationToken).ConfigureAwait(false);
        var hasEndKey = command.Terminal is not null;
        MayHaveStarted = !connection.IsOver;
        await channel.ExecAsync(command.CommandLine, withoutInput: command.Input is null && !hasEndKey, cancellationToken).ConfigureAwait(false);
        connection.CommandStarted();
        if (command.Input is null && hasEndKey)
            process.CloseInput();
        return process;
    }

    private async Task<IRemoteProcess> StartAsync(ChannelProcess process, SshChannel channel, string subsystem, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in environment)
            await channel.RequestEnvironmentAsync(name, value, cancellationToken).ConfigureAwait(false);
        await channel.SubsystemAsync(subsystem, cancellationToken).ConfigureAwait(false);
        connection.CommandStarted();
        return process;
    }

    /// <summary>Opens a channel.</summary>
    private async Task<T> OpenAsync<T>(Func<Task<T>> open)
    {
        try
        {
            return await open().ConfigureAwait(false);
        }
        catch (TransportException failure) when (failure.IsUnstarted)
        {
            await cantShare().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Returns the failure of a command that certainly did not start.</summary>
    private async ValueTask<TransportException> UnstartedAsync(TransportException failure)
    {
        var unstarted = connection.Unstarted(failure);
        if (unstarted.IsUnstarted)
            await cantShare().ConfigureAwait(false);
        return unstarted;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        if (Interlocked.Exchange(ref _ready, null) is { } unused)
            await new ChannelProcess(connection, unused, terminal: null).DisposeAsync().ConfigureAwait(false);
        await release().ConfigureAwait(false);
    }
}
