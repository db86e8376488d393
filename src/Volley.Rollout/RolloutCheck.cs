namespace Volley.Rollout;

/// <summary>A command that tells whether a target works after its batch: it must succeed.</summary>
/// <param name="Command">The command, with its retries.</param>
public sealed record RolloutCheck(CommandJob Command)
{
    /// <summary>The time limit of each attempt. The default is 60 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}
