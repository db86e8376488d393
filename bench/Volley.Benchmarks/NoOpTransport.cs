namespace Volley.Benchmarks;

/// <summary>Hosts that are reached at once, run nothing and exit with 0: what is left is the executor's own work.</summary>
internal sealed class NoOpTransport : ITransport, ISession, IRemoteProcess
{
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new(this);

    public ValueTask PingAsync(CancellationToken cancellationToken) => default;

    public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) => new(this);

    public ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => default;

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => new(false);

    public void CloseInput()
    {
    }

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => default;

    public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) => new(new ExitStatus(0, null));

    public ValueTask DisposeAsync() => default;
}
