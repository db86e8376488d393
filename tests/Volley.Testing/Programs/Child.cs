namespace Volley.Testing;

/// <summary>A started process: waits for it on a thread of its own and reaps it.</summary>
internal sealed class Child
{
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private bool _reaped;

    public Child(int processId)
    {
        ProcessId = processId;
        new Thread(Run) { IsBackground = true, Name = $"wait for {processId}" }.Start();
    }

    public int ProcessId { get; }

    /// <summary>The shell-style exit code: 128 + N for a process that signal N ended.</summary>
    public Task<int> Exit => _exit.Task;

    public async Task<int> WaitAsync(TimeSpan? limit, Func<string> transcript)
    {
        try
        {
            return await Exit.WaitAsync(limit ?? Transcript.DefaultLimit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"process {ProcessId} runs on; all that came:\n{transcript()}");
        }
    }

    /// <summary>Signals the process alone; nothing happens once it has ended.</summary>
    public void Signal(int signal)
    {
        // Under the lock: a reaped process's number may already belong to another.
        lock (_lock)
        {
            if (!_reaped)
                _ = Libc.Kill(ProcessId, signal);
        }
    }

    /// <summary>Ends all that lives in the process's session, and waits for the process.</summary>
    public async Task KillSessionAsync()
    {
        // What the process starts while this looks is found by the next look.
        while (Processes.InSession(ProcessId) is { Count: > 0 } left)
        {
            foreach (var process in left)
                _ = Libc.Kill(process.Id, Signals.Kill);
            foreach (var process in left)
                await Processes.WaitForEndAsync(process.Id, Transcript.DefaultLimit).ConfigureAwait(false);
        }
        await Exit.ConfigureAwait(false);
    }

    private void Run()
    {
        try
        {
            // The zombie keeps its number until it is reaped, and only then may Signal be too late.
            using (var ended = new ProcessHandle(ProcessId))
                ended.Wait(Timeout.InfiniteTimeSpan);
            int status;
            lock (_lock)
            {
                status = Libc.WaitForChild(ProcessId);
                _reaped = true;
            }
            _exit.SetResult(Spawn.ShellCode(status));
        }
        catch (Exception e)
        {
            _exit.SetException(e);
        }
    }
}
