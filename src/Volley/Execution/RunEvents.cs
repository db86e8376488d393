namespace Volley.Execution;

/// <summary>
/// The events of one run, which begins when the first event is requested. They can be enumerated once, because a second enumeration
/// would run the commands again.
/// </summary>
/// <remarks>
/// It is written by hand, because an iterator method would resume itself before its reader: on the reader's synchronization context, which
/// may be blocked, or on the thread pool, which costs a reader with a thread of its own two more thread switches for each event.
/// </remarks>
internal sealed class RunEvents(Func<RunControl, Run> createRun, RunPlan plan, RunControl? control, CancellationToken cancellationToken)
    : IAsyncEnumerable<NodeEvent>, IAsyncEnumerator<NodeEvent>
{
    private readonly RunControl? _ownControl = control is null ? new RunControl() : null;
    private Run? _run;
    private CancellationTokenRegistration _stopping;
    private CancellationTokenRegistration _readerStopping;
    private CancellationToken _readerToken;
    private int _isEnumerated;
    private bool _hasEnded;

    public NodeEvent Current => _run?.Events.Current!;

    private RunControl Control => control ?? _ownControl!;

    public IAsyncEnumerator<NodeEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isEnumerated, 1) != 0)
            throw new InvalidOperationException("the events of a run can be enumerated once; call RunAsync again to run the plan again");
        _readerToken = cancellationToken;
        return this;
    }

    public ValueTask<bool> MoveNextAsync()
    {
        if (_hasEnded)
            return new ValueTask<bool>(false);
        if (_run is null)
            Start();
        return _run!.Events.MoveNextAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_hasEnded)
            return;
        _hasEnded = true;
        try
        {
            if (_run is not null)
                await _run.EndAsync().ConfigureAwait(false);
        }
        finally
        {
            await _stopping.DisposeAsync().ConfigureAwait(false);
            await _readerStopping.DisposeAsync().ConfigureAwait(false);
            _ownControl?.Dispose();
        }
    }

    private void Start()
    {
        var run = createRun(Control);
        Control.Attach(plan);
        _run = run;
        _stopping = StopOn(cancellationToken);
        if (_readerToken != cancellationToken)
            _readerStopping = StopOn(_readerToken);
        run.Start();
    }

    private CancellationTokenRegistration StopOn(CancellationToken token) =>
        token.UnsafeRegister(static control => ((RunControl)control!).StopByToken(), Control);
}
