using Volley.Ssh;

namespace Volley.Transports.Channels;

/// <summary>A target that is reached by a connection that others may use, too.</summary>
/// <param name="connection">The connection.</param>
/// <param name="environment">What the user's configuration puts into the environment of every command.</param>
/// <param name="release">Called once the connection is not needed any more.</param>
internal sealed class ChannelSession(
    SharedConnection connection, IReadOnlyList<KeyValuePair<string, string>> environment, Func<ValueTask> release) : ISession
{
    private int _isDisposed;
    private SshChannel? _ready;

    /// <summary>Opens the channel for the command, unless the server allows no more of them for now.</summary>
    /// <exception cref="TransportException">The connection is over.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken) =>
        _ready = await connection.TryOpenSessionAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask WaitForTurnAsync(CancellationToken cancellationToken) =>
        _ready ??= await connection.OpenSessionAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
    {
        var channel = Interlocked.Exchange(ref _ready, null) ?? await connection.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
        var process = new ChannelProcess(connection, channel, command.Terminal);
        try
        {
            // Of two values for one name the later counts.
            foreach (var (name, value) in environment.Concat(command.Environment))
                await channel.RequestEnvironmentAsync(name, value, cancellationToken).ConfigureAwait(false);
            await process.OpenTerminalAsync(cancellationToken).ConfigureAwait(false);
            var hasEndKey = command.Terminal is not null;
            await channel.ExecAsync(command.CommandLine, withoutInput: command.Input is null && !hasEndKey, cancellationToken).ConfigureAwait(false);
            if (command.Input is null && hasEndKey)
                process.CloseInput();
            return process;
        }
        catch (SshException refusal) when (refusal.Failure == SshFailure.RequestRefused)
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw new TransportException(NodeOutcome.ConnectFailed, refusal.Message, refusal);
        }
        catch (SshException failure)
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw connection.LostConnection(failure);
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
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
