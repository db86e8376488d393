using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>A remote command on a channel of a control master.</summary>
internal sealed class MuxProcess(Master master, SshChannel channel) : IRemoteProcess
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);

    private int _isDisposed;

    public async ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var read = await channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return new ReadResult(read.Stream == SshOutput.Stdout ? StreamKind.Stdout : StreamKind.Stderr, read.Count);
        }
        catch (SshException failure)
        {
            throw master.LostConnection(failure);
        }
    }

    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
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
        }
        catch (SshException failure)
        {
            throw master.LostConnection(failure);
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
            throw master.LostConnection(failure);
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
        master.SessionEnded();
    }

    private async Task SendEofAsync()
    {
        try
        {
            await channel.SendEofAsync().ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The command's own end says why.
        }
    }
}
