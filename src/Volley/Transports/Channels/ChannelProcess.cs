using Volley.Ssh;

namespace Volley.Transports.Channels;

/// <summary>A remote command on a channel of a connection that is shared.</summary>
internal sealed class ChannelProcess(SharedConnection connection, SshChannel channel, bool hasTerminal) : IRemoteProcess
{
    /// <summary>Encoded modes (RFC 4254 section 8): ONLCR (72) off, for what comes from the terminal is read by programs and files too; then the end.</summary>
    public static readonly byte[] TerminalModes = [72, 0, 0, 0, 0, 0];

    /// <summary>The key Ctrl+D: a terminal's end of file. The end of a channel's data says nothing to who reads from a terminal.</summary>
    private static readonly byte[] EndOfFileKey = [4];

    /// <summary>Behind an unfinished line the first one only hands over that line: termios(3), VEOF.</summary>
    private static readonly byte[] EndOfLineAndFileKeys = [4, 4];

    /// <summary>How long a server is waited for that was asked to close the channel.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);

    private int _isDisposed;
    private bool _isAtLineStart = true;

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
            if (data.Length > 0)
                _isAtLineStart = data.Span[^1] is (byte)'\n' or (byte)'\r';
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
            if (hasTerminal && signal == "TERM")
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
        catch (SshException failure)
        {
            throw connection.LostConnection(failure);
        }
    }

    public ValueTask SettleAsync(CancellationToken cancellationToken) => channel.SettleAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await channel.DisposeAsync().ConfigureAwait(false);
        _ = EndSessionAsync();
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
            if (hasTerminal)
                await channel.WriteAsync(_isAtLineStart ? EndOfFileKey : EndOfLineAndFileKeys).ConfigureAwait(false);
            else
                await channel.SendEofAsync().ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The command's own end says why.
        }
    }
}
