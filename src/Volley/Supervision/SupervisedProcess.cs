namespace Volley.Supervision;

/// <summary>A command that is supervised until it has ended, or is abandoned: then the supervisor ends it.</summary>
/// <param name="inner">The command.</param>
/// <param name="supervisor">The supervisor.</param>
/// <param name="mark">The mark of its processes.</param>
internal sealed class SupervisedProcess(IRemoteProcess inner, Supervisor supervisor, string mark) : IRemoteProcess
{
    private int _isDisposed;
    private volatile bool _hasEnded;

    public bool HasLostOutput => inner.HasLostOutput;

    public bool HasSurvivors => inner.HasSurvivors;

    public bool HasArguments => inner.HasArguments;

    public ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => inner.ReadAsync(buffer, cancellationToken);

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => inner.WriteAsync(data, cancellationToken);

    public void CloseInput() => inner.CloseInput();

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => inner.SendSignalAsync(signal, cancellationToken);

    public async ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken)
    {
        var status = await inner.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        _hasEnded = true;
        return status;
    }

    public ValueTask<bool> SettleAsync(CancellationToken cancellationToken) => inner.SettleAsync(cancellationToken);

    public ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => inner.ConfirmEndedAsync(wait, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await inner.DisposeAsync().ConfigureAwait(false);
        await supervisor.EndAsync(mark, endsCommand: !_hasEnded).ConfigureAwait(false);
    }
}
