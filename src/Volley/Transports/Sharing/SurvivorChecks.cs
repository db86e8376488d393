namespace Volley.Transports.Sharing;

/// <summary>
/// The checks of one connection for processes that stopped commands left behind. A check reads the whole process table of the
/// server, so only one runs at a time, and all commands that ask meanwhile share the next one.
/// </summary>
/// <param name="connection">The connection.</param>
internal sealed class SurvivorChecks(SharedConnection connection)
{
    private readonly Lock _lock = new();
    private Check? _next;
    private Task _last = Task.CompletedTask;

    /// <summary>Returns true once no process is left; false if a process of any of the commands is left, or if this can't be determined.</summary>
    /// <param name="began">When the command was started: <see cref="Environment.TickCount64"/>.</param>
    /// <param name="wait">How long to wait for remaining processes to end.</param>
    /// <param name="cancellationToken">Ends the wait. The check continues for the other commands that share it.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<bool> ConfirmAsync(long began, TimeSpan wait, CancellationToken cancellationToken)
    {
        Task<bool> result;
        lock (_lock)
        {
            var check = _next;
            if (check is null)
            {
                _next = check = new Check();
                _last = check.Result = RunAfterAsync(_last, check);
            }

            check.Join(began, wait);
            result = check.Result!;
        }

        return result.WaitAsync(cancellationToken);
    }

    private async Task<bool> RunAfterAsync(Task last, Check check)
    {
        // Leaves the lock first, in which the caller assigns this task to the check.
        await Task.Yield();
        await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
            _next = null;
        return await SurvivorProbe.ConfirmAsync(connection, check.Began, check.Wait, CancellationToken.None).ConfigureAwait(false);
    }

    private sealed class Check
    {
        public long Began { get; private set; } = long.MaxValue;

        public TimeSpan Wait { get; private set; }

        public Task<bool>? Result { get; set; }

        public void Join(long began, TimeSpan wait)
        {
            Began = Math.Min(began, Began);
            Wait = wait > Wait ? wait : Wait;
        }
    }
}
