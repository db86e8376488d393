using Volley.Transports.Processes;

namespace Volley.Transports.Exec;

/// <summary>A local process that stands for a target's command.</summary>
internal sealed class ExecProcess(ChildProcess child) : IRemoteProcess
{
    public bool HasSurvivors => child.GroupIsAlive();

    public ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        child.ReadAsync(buffer, cancellationToken);

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        child.WriteAsync(data, cancellationToken);

    public void CloseInput() => child.CloseInput();

    public ValueTask SignalAsync(string signal, CancellationToken cancellationToken)
    {
        child.SignalGroup(Signals.Number(signal));
        return ValueTask.CompletedTask;
    }

    public async ValueTask<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        var status = await child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new ExitStatus(status.Code, status.Signal is { } signal ? Signals.Name(signal) : null);
    }

    public ValueTask DisposeAsync() => child.DisposeAsync();
}
