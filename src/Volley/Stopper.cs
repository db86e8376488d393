using Volley.Transports;

namespace Volley;

/// <summary>Ends one running command: TERM to its process group, after the grace KILL.</summary>
/// <param name="process">The command.</param>
/// <param name="grace">How long it has between the two.</param>
/// <param name="time">The clock.</param>
/// <param name="hurry">Fires when nobody wants to wait any more.</param>
internal sealed class Stopper(IRemoteProcess process, TimeSpan grace, TimeProvider time, CancellationToken hurry)
{
    /// <summary>A killed process is gone as soon as the kernel gets to it, unless it hangs in the kernel.</summary>
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A server that has just told the leader's end is alive, but may have many commands of ours to look after. One that does
    /// not answer at all is not asked.
    /// </summary>
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(15);

    // The kernel reports the end of a process, but not that a process group has become empty.
    private static readonly TimeSpan SurvivorCheck = TimeSpan.FromMilliseconds(50);

    private long _began;

    /// <summary>Ends the command; false if its leader, or something of its process group, may still run.</summary>
    /// <param name="exit">Completes when the leader has ended.</param>
    public async Task<bool> EndAsync(Task exit)
    {
        _began = time.GetTimestamp();
        if (!hurry.IsCancellationRequested)
        {
            if (!await SignalAsync("TERM").ConfigureAwait(false))
                return false;
            await WaitAsync(exit, grace, hurry).ConfigureAwait(false);
        }

        if (!exit.IsCompleted)
        {
            if (!await SignalAsync("KILL").ConfigureAwait(false))
                return false;
            await WaitAsync(exit, KillLimit, CancellationToken.None).ConfigureAwait(false);
        }

        if (!exit.IsCompletedSuccessfully)
            return false;
        while (process.HasSurvivors && !hurry.IsCancellationRequested && time.GetElapsedTime(_began) < grace)
            await WaitAsync(Task.Delay(Timeout.Infinite, CancellationToken.None), SurvivorCheck, hurry).ConfigureAwait(false);
        return !process.HasSurvivors || await SignalAsync("KILL").ConfigureAwait(false);
    }

    /// <summary>
    /// Confirms after the end that nothing is left, also outside of the process group. What is left has the rest of the grace to
    /// end, unless nobody wants to wait any more.
    /// </summary>
    /// <returns>False if something is left, and where this can't be told.</returns>
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
#pragma warning disable CA1031 // Whatever went wrong, nothing is confirmed.
        catch (Exception)
#pragma warning restore CA1031
        {
            await ending.CancelAsync().ConfigureAwait(false);
            return false;
        }
    }

    private async Task<bool> SignalAsync(string signal)
    {
        try
        {
            await process.SignalAsync(signal, CancellationToken.None).AsTask().WaitAsync(KillLimit, time).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // Whatever kept the signal from its command, the command may still run.
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
