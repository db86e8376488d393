using Volley.Ssh;

namespace Volley.Transports.Channels;

/// <summary>A remote command on a channel of a connection that is shared.</summary>
/// <param name="connection">The connection.</param>
/// <param name="channel">The channel.</param>
/// <param name="terminal">What it runs on; null for no terminal.</param>
internal sealed class ChannelProcess(SharedConnection connection, SshChannel channel, PseudoTerminal? terminal) : IRemoteProcess
{
    /// <summary>Encoded modes (RFC 4254 section 8): ONLCR (72) off, for what comes from the terminal is read by programs and files too; then the end.</summary>
    private static readonly byte[] TerminalModes = [72, 0, 0, 0, 0, 0];

    /// <summary>How long a server is waited for that was asked to close the channel.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);

    private readonly long _began = Environment.TickCount64;
    private readonly EndOfFileKeys _endKeys = new();
    private int _isDisposed;

    /// <summary>Asks for the terminal, if there is to be one; from here on its size follows ours.</summary>
    /// <exception cref="SshException">The server gives none, or the connection is over.</exception>
    public async ValueTask OpenTerminalAsync(CancellationToken cancellationToken)
    {
        if (terminal is null)
            return;
        terminal.Resized += OnResized;
        var size = terminal.Size;
        await channel.RequestPtyAsync(terminal.Type, new PtySize(size.Columns, size.Rows), TerminalModes, cancellationToken).ConfigureAwait(false);
        // What changed before it was there, the server has passed over.
        if (terminal.Size != size)
            await ResizeAsync(terminal.Size).ConfigureAwait(false);
    }

    public async ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var read = await channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return new ReadResult(read.Stream == SshOutput.Stdout ? StreamKind.Stdout : StreamKind.Stderr, read.Count);
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
            // The command's own end says why.
            return false;
        }
    }

    public void CloseInput() => _ = SendEofAsync();

    public async ValueTask SignalAsync(string signal, CancellationToken cancellationToken)
    {
        try
        {
            await channel.SendSignalAsync(signal, cancellationToken).ConfigureAwait(false);
            // As when a terminal is closed: an interactive shell ignores TERM, and ends at this.
            if (terminal is not null && signal == "TERM")
                await channel.SendSignalAsync("HUP", cancellationToken).ConfigureAwait(false);
        }
        catch (SshException failure)
        {
            throw connection.LostConnection(failure);
        }
    }

    public async ValueTask<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            var exit = await channel.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return exit.Signal is { } signal ? new ExitStatus(null, signal) : new ExitStatus((int)exit.Status.GetValueOrDefault(), null);
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

    public async ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => await connection.Survivors.ConfirmAsync(
        TimeSpan.FromMilliseconds(Environment.TickCount64 - _began), wait, cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        if (terminal is not null)
            terminal.Resized -= OnResized;
        await channel.DisposeAsync().ConfigureAwait(false);
        _ = EndSessionAsync();
    }

    private void OnResized(object? sender, EventArgs e) => _ = ResizeAsync(terminal!.Size).AsTask();

    private async ValueTask ResizeAsync((int Columns, int Rows) size)
    {
        try
        {
            await channel.ChangeWindowAsync(new PtySize(size.Columns, size.Rows)).ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The command's own end says why.
        }
    }

    /// <summary>The session's place is free once the server has closed the channel, too; one that never does is not waited for.</summary>
    private async Task EndSessionAsync()
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
            // The command's own end says why.
        }
    }
}
