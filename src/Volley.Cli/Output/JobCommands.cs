using System.Collections.Immutable;

namespace Volley.Cli.Output;

/// <summary>The commands of jobs.</summary>
internal static class JobCommands
{
    /// <summary>Returns the commands of a job in order: several for steps, none for a job without a command.</summary>
    public static ImmutableArray<CommandJob> Get(Job job) => job switch
    {
        CommandJob command => [command],
        StepsJob steps => steps.Steps,
        _ => [],
    };

    /// <summary>Returns the command of a job, or its commands, for display; null for a job without a command.</summary>
    public static string? GetTitle(Job job) => job switch
    {
        CommandJob command => command.Title,
        StepsJob steps => steps.Title,
        _ => null,
    };

    /// <summary>Returns a step for display: <c>step 2 of 3: uptime</c>.</summary>
    public static string GetStep(StepsJob steps, int step) =>
        FormattableString.Invariant($"step {step} of {steps.Steps.Length}: {steps.Steps[step - 1].Title}");
}
