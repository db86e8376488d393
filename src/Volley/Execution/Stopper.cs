namespace Volley.Execution;

/// <summary>Ends one running command: sends TERM to its process group, and KILL after the grace period.</summary>
/// <param name="process">The command.</param>
/// <param name="grace">The time between TERM and KILL.</param>
/// <param name="time">The clock.</param>
/// <param name="hurry">Cuts the grace period short.</param>
internal sealed class Stopper(IRemoteProcess process, TimeSpan grace, TimeProvider time, CancellationToken hurry)
{
    /// <summary>The wait after KILL. A killed process ends at once, unless it hangs in the kernel.</summary>
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The wait for a server's answer after the leader has ended. The server is alive, since it reported that end, but it may have
    /// many commands to look after. A server that does not answer at all is not asked.
    /// </summary>
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(15);

    // The interval of the checks. The kernel reports the end of a process, but not that its process group is empty.
    private static readonly TimeSpan SurvivorCheck = TimeSpan.FromMilliseconds(50);

    private long _began;

    /// <summary>Ends the command. Returns false if its leader, or another process of its group, may still run.</summary>
    /// <param name="exit">A task that completes when the leader has ended. If it has failed, the end can't be learned.</param>
    /// <param name="output">A task that completes when the output has ended, which stands for the end of the leader if that can't be learned.</param>
    public async Task<bool> EndAsync(Task exit, Task output)
    {
        var end = exit.IsCompleted ? output : exit;
        _began = time.GetTimestamp();
        if (!hurry.IsCancellationRequested)
        {
            if (!await SendSignalAsync("TERM").ConfigureAwait(false))
                return false;
            await WaitAsync(end, grace, hurry).ConfigureAwait(false);
        }

        if (!end.IsCompleted)
        {
            if (!await SendSignalAsync("KILL").ConfigureAwait(false))
                return false;
            await WaitAsync(end, KillLimit, CancellationToken.None).ConfigureAwait(false);
        }

        if (!exit.IsCompletedSuccessfully)
            return false;
        while (process.HasSurvivors && !hurry.IsCancellationRequested && time.GetElapsedTime(_began) < grace)
            await WaitAsync(Task.Delay(Timeout.Infinite, CancellationToken.None), SurvivorCheck, hurry).ConfigureAwait(false);
        return !process.HasSurvivors || await SendSignalAsync("KILL").ConfigureAwait(false);
    }

    /// <summary>
    /// Confirms after the end that no process is left, in or outside of the process group. Remaining processes have the rest of the
    /// grace period to end, unless it was cut short.
    /// </summary>
    /// <returns>False if a process is left, or if this can't be determined.</returns>
    public async Task<bool> ConfirmEndedAsync()
    {
        var rest = grace - time.GetElapsedTime(_began);
        var wait = rest > TimeSpan.Zero && !hurry.IsCancellationRequested ? rest : TimeSpan.Zero;
        var limit = hurry.IsCancellationRequested ? KillLimit : wait + ConfirmLimit;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(hurry.IsCancellationRequested ? CancellationToken.None : hurry);
        try
        {
            return await process.ConfirmEndedAsync(wait, ending.Token).AsTask().WaitAsync(limit, time, ending.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // After any failure the end is not confirmed.
        catch (Exception)
#pragma warning restore CA1031
        {
            await ending.CancelAsync().ConfigureAwait(false);
            return false;
        }
    }

    private async Task<bool> SendSignalAsync(string signal)
    {
        try
        {
            await process.SendSignalAsync(signal, CancellationToken.None).AsTask().WaitAsync(KillLimit, time).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // If the signal was not sent, for whatever reason, the command may still run.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private async Task WaitAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (limit > TimeSpan.Zero)
            await task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
