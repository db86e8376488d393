namespace Volley.Elevation;

/// <summary>
/// A command that runs as another user. Its output and its input begin once a shell of that user has printed the mark; until then the dialogue with
/// sudo, doas or su has them.
/// </summary>
internal sealed class ElevatedProcess : IRemoteProcess
{
    /// <summary>How long the caller waits for a signal. A slower one is still sent, and the check after the stop has its result.</summary>
    private static readonly TimeSpan SignalLimit = TimeSpan.FromMilliseconds(500);

    private readonly ElevationStart _start;
    private readonly ElevatedTree _tree;
    private readonly bool _hasInput;
    private readonly bool _takesArguments;
    private readonly Lock _lock = new();
    private readonly Queue<(StreamKind Stream, ReadOnlyMemory<byte> Data)> _pending = new();
    private (StreamKind Stream, ReadOnlyMemory<byte> Data) _next;
    private Task<bool> _starting = Task.FromResult(false);
    private Task _signaling = Task.CompletedTask;
    private bool _isStarted;
    private bool _closesInput;
    private int _isDisposed;
    private string? _signal;

    private ElevatedProcess(ElevatedSession session, CommandJob command)
    {
        var mark = ElevationCommand.NewMark();
        _takesArguments = session.TakesArguments;
        _hasInput = command.Input is not null;
        _start = new ElevationStart(session, command, mark);
        _tree = new ElevatedTree(session, command, mark);
    }

    public bool HasArguments => _takesArguments;

    public bool HasLostOutput => _start.Process.HasLostOutput;

    /// <summary>Starts a command. The dialogue goes on after this; a command that can't become the user has that as its end.</summary>
    /// <exception cref="TransportException">The target can't be reached, or refuses a command.</exception>
    public static async Task<ElevatedProcess> StartAsync(ElevatedSession session, CommandJob command, CancellationToken cancellationToken)
    {
        var process = new ElevatedProcess(session, command);
        try
        {
            await process._start.BeginAsync(cancellationToken).ConfigureAwait(false);
            process._starting = process.CompleteStartAsync();
            // Whether the failure is waited for depends on the caller.
            _ = process._starting.ContinueWith(
                static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return process;
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!await IsStartedAsync(cancellationToken).ConfigureAwait(false))
            return new OutputRead(StreamKind.Stdout, 0);
        if (_next.Data.IsEmpty && !_pending.TryDequeue(out _next))
            return await _start.Process.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        var count = Math.Min(buffer.Length, _next.Data.Length);
        _next.Data[..count].CopyTo(buffer);
        _next.Data = _next.Data[count..];
        return new OutputRead(_next.Stream, count);
    }

    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        await IsStartedAsync(cancellationToken).ConfigureAwait(false)
        && await _start.Process.WriteAsync(data, cancellationToken).ConfigureAwait(false);

    public void CloseInput()
    {
        lock (_lock)
        {
            _closesInput = true;
            if (!_isStarted)
                return;
        }

        _start.Process.CloseInput();
    }

    public async ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken)
    {
        _signal = signal;
        await _start.StopAsync().ConfigureAwait(false);
        if (!await IsStartedAsync(cancellationToken).ConfigureAwait(false))
            return;
        var signaling = _tree.SendSignalAsync(signal);
        _signaling = Task.WhenAll(_signaling, signaling);
        await Task.WhenAny(signaling, Task.Delay(SignalLimit, cancellationToken)).ConfigureAwait(false);
        if (signaling.IsFaulted)
            await signaling.ConfigureAwait(false);
    }

    public async ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) =>
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false)
            ? await _start.Process.WaitForExitAsync(cancellationToken).ConfigureAwait(false)
            : new ExitStatus(null, _signal ?? "TERM");

    public async ValueTask<bool> SettleAsync(CancellationToken cancellationToken) =>
        !await IsStartedAsync(cancellationToken).ConfigureAwait(false) || await _start.Process.SettleAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        if (!await IsStartedAsync(cancellationToken).ConfigureAwait(false))
            return true;
        await _signaling.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await _tree.ConfirmEndedAsync(wait, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await _start.CancelAsync().ConfigureAwait(false);
        await ((Task)_starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _start.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> CompleteStartAsync()
    {
        // Returns to the caller of the start first: the executor must be able to stop this target from now on.
        await Task.Yield();
        if (!await _start.CompleteAsync().ConfigureAwait(false))
            return false;
        foreach (var output in _start.Pending)
            _pending.Enqueue(output);
        bool closes;
        lock (_lock)
        {
            _isStarted = true;
            closes = _hasInput ? _closesInput : _start.HasNeedlessInput;
        }

        if (closes)
            _start.Process.CloseInput();
        return true;
    }

    /// <summary>Waits for the start. Returns false if the command does not start; <see cref="WaitForExitAsync"/> throws the reason.</summary>
    private async ValueTask<bool> IsStartedAsync(CancellationToken cancellationToken)
    {
        if (!_starting.IsCompleted)
            await ((Task)_starting).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_starting.IsCompleted)
            cancellationToken.ThrowIfCancellationRequested();
        return _starting.IsCompletedSuccessfully && await _starting.ConfigureAwait(false);
    }
}
