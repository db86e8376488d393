namespace Volley.Benchmarks;

/// <summary>How much memory a queued target costs beyond itself: the heap of a run that is held up in its first window, with few and with many in the queue.</summary>
internal static class QueueMemory
{
    public static async Task ShowAsync()
    {
        _ = await HeapOfRunAsync(1_000);
        var few = await HeapOfRunAsync(1_000);
        var many = await HeapOfRunAsync(1_000_000);
        Console.WriteLine($"heap of a run beyond its plan:   1,000 targets {few / 1024,6} KiB");
        Console.WriteLine($"                             1,000,000 targets {many / 1024,6} KiB");
        Console.WriteLine($"a queued target costs {(many - few) / 999_000.0:0.000} bytes beyond itself");
    }

    private static async Task<long> HeapOfRunAsync(int count)
    {
        var plan = new RunPlan([.. Enumerable.Range(0, count).Select(i => new Target($"h{i}"))], CommandJob.Shell("true"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var transport = new HeldTransport(plan.MaxConcurrency);
        using var control = new RunControl();
        var run = ReadAsync();
        await transport.AllWait;
        var during = GC.GetTotalMemory(forceFullCollection: true);
        control.Stop(StopReason.Requested);
        await run;
        GC.KeepAlive(plan);
        return during - before;

        async Task ReadAsync()
        {
            await foreach (var _ in new ParallelExecutor(transport).RunAsync(plan, control))
            {
            }
        }
    }

    /// <summary>Never connects, and tells when the whole window waits for it.</summary>
    private sealed class HeldTransport(int window) : ITransport
    {
        private readonly TaskCompletionSource _allWait = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _waiting;

        public Task AllWait => _allWait.Task;

        public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _waiting) == window)
                _allWait.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("never reached");
        }

        public ValueTask DisposeAsync() => default;
    }
}
