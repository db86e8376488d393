namespace Volley;

/// <summary>
/// A job that waits until targets can be logged in to, and until a command succeeds there. Each target is tried until it succeeds, is stopped, or its
/// host key is rejected: <see cref="RunPlan.Deadline"/> limits the time. The output of the command is not reported. <see cref="NodeRetrying"/> reports an attempt
/// that fails in another way than the one before it.
/// </summary>
/// <param name="Command">The command, or null for a login alone.</param>
public sealed record WaitJob(CommandJob? Command = null) : Job
{
    /// <summary>The time between two attempts. The default is one second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan Interval { get; init => field = Argument.Time(value, nameof(Interval)); } = TimeSpan.FromSeconds(1);
}
