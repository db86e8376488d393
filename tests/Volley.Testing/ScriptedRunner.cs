namespace Volley.Testing;

/// <summary>A runner whose work at each target is a function.</summary>
/// <param name="run">The work.</param>
public sealed class ScriptedRunner(Func<TargetTurn, Task<NodeResult>> run) : ITargetRunner
{
    private int _runs;
    private int _atOnce;
    private int _mostAtOnce;

    /// <summary>How many targets were run.</summary>
    public int Runs => Volatile.Read(ref _runs);

    /// <summary>The most targets that ran at the same time.</summary>
    public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

    /// <summary>Whether the run has disposed of the runner.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public async Task<NodeResult> RunAsync(TargetTurn turn)
    {
        Interlocked.Increment(ref _runs);
        var atOnce = Interlocked.Increment(ref _atOnce);
        int most;
        while (atOnce > (most = MostAtOnce))
            Interlocked.CompareExchange(ref _mostAtOnce, atOnce, most);
        try
        {
            return await run(turn).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
