using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>An ssh child and, through it, the remote command.</summary>
internal sealed class OpenSshProcess(ChildProcess child, OpenSshLog log) : IRemoteProcess
{
    /// <summary>ssh(1): it exits with the status of the remote command or with 255 if an error occurred.</summary>
    private const int OwnFailure = 255;

    public Task ConnectedOrEndedAsync() => Task.WhenAny(log.Authenticated, child.Exited);

    /// <exception cref="TransportException">ssh ended before the server had accepted us.</exception>
    public async Task ThrowIfNotConnectedAsync()
    {
        if (!child.Exited.IsCompleted)
            return;
        var lines = await log.CompleteAsync().ConfigureAwait(false);
        if (log.Authenticated.IsCompleted)
            return;
        var (outcome, message) = OpenSshDiagnosis.OfConnecting(lines);
        throw new TransportException(outcome, message) { Stderr = await ReadStderrAsync().ConfigureAwait(false) };
    }

    public ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        child.ReadAsync(buffer, cancellationToken);

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        child.WriteAsync(data, cancellationToken);

    public void CloseInput() => child.CloseInput();

    public ValueTask SignalAsync(string signal, CancellationToken cancellationToken) =>
        throw new NotSupportedException("a plain ssh passes no signals on");

    public async ValueTask<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        var status = await child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (status.Signal is { } signal)
            throw new TransportException(NodeOutcome.ConnectionLost, $"ssh was killed by signal {signal}");
        if (status.Code == OwnFailure && OpenSshDiagnosis.OfRunning(await log.CompleteAsync().ConfigureAwait(false)) is var (outcome, message))
            throw new TransportException(outcome, message);
        return new ExitStatus(status.Code, null);
    }

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync().ConfigureAwait(false);
        log.Dispose();
    }

    /// <summary>What came on standard error from an ssh that has ended: a banner, or the complaint of a jump host's ssh.</summary>
    private async Task<byte[]> ReadStderrAsync()
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        using var atHandOnly = new CancellationTokenSource();
        await atHandOnly.CancelAsync().ConfigureAwait(false);
        try
        {
            while (await child.ReadAsync(buffer, atHandOnly.Token).ConfigureAwait(false) is { Count: > 0 } read)
                bytes.Write(buffer, 0, read.Count);
        }
        catch (OperationCanceledException)
        {
            // A process that ssh started for a proxy holds the stream open.
        }

        return bytes.ToArray();
    }
}
