using static Volley.Transports.Inline.PoolResumption;

namespace Volley.Transports.Inline;

/// <summary>A remote process whose callers are resumed on the thread pool.</summary>
/// <param name="inner">The process, which may resume them inline.</param>
internal sealed class PoolProcess(IRemoteProcess inner) : IRemoteProcess
{
    public bool HasLostOutput => inner.HasLostOutput;

    public bool HasSurvivors => inner.HasSurvivors;

    public bool HasArguments => inner.HasArguments;

    public ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        OnPool(inner.ReadAsync(buffer, cancellationToken));

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        OnPool(inner.WriteAsync(data, cancellationToken));

    public void CloseInput() => inner.CloseInput();

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => OnPool(inner.SendSignalAsync(signal, cancellationToken));

    public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) => OnPool(inner.WaitForExitAsync(cancellationToken));

    public ValueTask<bool> SettleAsync(CancellationToken cancellationToken) => OnPool(inner.SettleAsync(cancellationToken));

    public ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) =>
        OnPool(inner.ConfirmEndedAsync(wait, cancellationToken));

    public ValueTask DisposeAsync() => OnPool(inner.DisposeAsync());
}
