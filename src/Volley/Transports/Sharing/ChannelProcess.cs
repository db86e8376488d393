using Volley.Ssh;

namespace Volley.Transports.Sharing;

/// <summary>A remote command on a channel of a shared connection.</summary>
/// <param name="connection">The connection.</param>
/// <param name="channel">The channel.</param>
/// <param name="terminal">The command's terminal; null for none.</param>
internal sealed class ChannelProcess(SharedConnection connection, SshChannel channel, PseudoTerminal? terminal) : IRemoteProcess
{
    /// <summary>
    /// Encoded terminal modes (RFC 4254 section 8): ONLCR (72) off, because programs and files read the output too; then TTY_OP_END.
    /// </summary>
    private static readonly byte[] TerminalModes = [72, 0, 0, 0, 0, 0];

    /// <summary>How long to wait for a server to close the channel.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);

    private readonly long _began = Environment.TickCount64;
    private readonly EndOfFileKeys _endKeys = new();
    private int _isDisposed;
    private Task? _closing;

    /// <summary>The forward of an agent, which ends with the session; null for none.</summary>
    public IAsyncDisposable? Agent { get; set; }

    /// <summary>Requests the terminal, if there is one. From then on its size follows the local one.</summary>
    /// <exception cref="SshException">The server refused the terminal, or the connection is over.</exception>
    public async ValueTask OpenTerminalAsync(CancellationToken cancellationToken)
    {
        if (terminal is null)
            return;
        terminal.Resized += OnResized;
        var size = terminal.Size;
        await channel.RequestPtyAsync(terminal.Type, size.Columns, size.Rows, TerminalModes, cancellationToken).ConfigureAwait(false);
        // A resize before the server allocated the terminal was ignored, so it is repeated.
        if (terminal.Size != size)
            await ResizeAsync(terminal.Size).ConfigureAwait(false);
    }

    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var read = await channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return new OutputRead(read.Stream == SshStreamKind.Stdout ? StreamKind.Stdout : StreamKind.Stderr, read.Count);
        }
        catch (SshException failure)
        {
            throw connection.LostConnection(failure);
        }
    }

    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            _endKeys.See(data.Span);
            return await channel.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The command's end reports the error.
            return false;
        }
    }

    public void CloseInput() => _ = SendEofAsync();

    public async ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken)
    {
        try
        {
            await channel.SendSignalAsync(signal, cancellationToken).ConfigureAwait(false);
            // Interactive shells ignore TERM; HUP, which a closed terminal sends, ends them.
            if (terminal is not null && signal == "TERM")
                await channel.SendSignalAsync("HUP", cancellationToken).ConfigureAwait(false);
        }
        catch (SshException failure)
        {
            throw connection.LostConnection(failure);
        }
    }

    public async ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken)
    {
        try
        {
            var exit = await channel.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return exit.Signal is { } signal ? new ExitStatus(null, signal) : new ExitStatus(exit.ExitCode.GetValueOrDefault(), null);
        }
        catch (SshException refusal) when (refusal.Failure == SshFailure.RequestRefused)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, refusal.Message, refusal);
        }
        catch (SshException failure)
        {
            throw connection.LostConnection(failure);
        }
    }

    public bool HasLostOutput => channel.HasLostOutput;

    public ValueTask<bool> SettleAsync(CancellationToken cancellationToken) => channel.SettleAsync(cancellationToken);

    public async ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        // The check needs a session. This one may be all that the server allows, so it is closed, but not yet given to another command.
        await (_closing ??= CloseAsync()).ConfigureAwait(false);
        return await connection.Survivors.ConfirmAsync(_began, wait, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        if (terminal is not null)
            terminal.Resized -= OnResized;
        await channel.DisposeAsync().ConfigureAwait(false);
        if (Agent is not null)
            await Agent.DisposeAsync().ConfigureAwait(false);
        _ = EndSessionAsync();
    }

    private void OnResized(object? sender, EventArgs e) => _ = ResizeAsync(terminal!.Size).AsTask();

    private async ValueTask ResizeAsync((int Columns, int Rows) size)
    {
        try
        {
            await channel.ChangeWindowAsync(size.Columns, size.Rows).ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The command's end reports the error.
        }
    }

    /// <summary>Frees the session's slot for another command once the server has closed the channel too.</summary>
    private async Task EndSessionAsync()
    {
        await (_closing ??= CloseAsync()).ConfigureAwait(false);
        connection.FreeSlot();
    }

    /// <summary>Closes the channel, and waits for the server to close it too, within a time limit.</summary>
    private async Task CloseAsync()
    {
        await channel.CloseAsync().AsTask().WaitAsync(CloseLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        connection.SessionEnded();
    }

    private async Task SendEofAsync()
    {
        try
        {
            if (terminal is not null)
                await channel.WriteAsync(_endKeys.Keys).ConfigureAwait(false);
            else
                await channel.SendEofAsync().ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The command's end reports the error.
        }
    }
}
