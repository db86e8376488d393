using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>A target that is reached through a control master.</summary>
internal sealed class MuxSession(Master master, HostRoute route, MasterPool pool) : ISession
{
    private int _isDisposed;
    private SshChannel? _ready;

    /// <summary>Opens the channel for the command, unless the server allows no more of them for now.</summary>
    /// <exception cref="TransportException">The connection is over.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken) =>
        _ready = await master.TryOpenSessionAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask WaitForTurnAsync(CancellationToken cancellationToken) =>
        _ready ??= await master.OpenSessionAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
    {
        var channel = Interlocked.Exchange(ref _ready, null) ?? await master.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
        var process = new MuxProcess(master, channel, hasTerminal: command.Terminal is not null);
        try
        {
            // Of two values for one name the later counts.
            foreach (var (name, value) in route.Environment.Concat(command.Environment))
                await channel.RequestEnvironmentAsync(name, value, cancellationToken).ConfigureAwait(false);
            if (command.Terminal is var (type, columns, rows))
                await channel.RequestPtyAsync(type, new PtySize(columns, rows), MuxProcess.TerminalModes, cancellationToken).ConfigureAwait(false);
            await channel.ExecAsync(command.CommandLine, cancellationToken).ConfigureAwait(false);
            if (command.Input is null)
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
            throw master.LostConnection(failure);
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
            await new MuxProcess(master, unused, hasTerminal: false).DisposeAsync().ConfigureAwait(false);
        await pool.ReleaseAsync(master).ConfigureAwait(false);
    }
}
