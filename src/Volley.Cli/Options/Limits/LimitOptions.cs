using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options.Limits;

/// <summary>The options that limit the time of commands and of the run.</summary>
internal sealed class LimitOptions() : OptionGroup("Time limits")
{
    private const string RunsNothing = "it runs no command";

    public readonly Option<CommandLimit> CommandTimeout = new(CommandLimit.Read, "--timeout")
    {
        ValueName = "TIME|Nx",
        Help = "time limit for the command or the copy: 30, 2.5s, 250ms, 10m, 1h30m; 0 for none; "
            + "5x: five times the median so far, once half of the hosts have ended",
        Default = "0",
        NeedsCommand = $"{RunsNothing}; the limit for connecting is --connect-timeout",
        AlsoFor = [RunVerb.Reboot, RunVerb.WaitFor],
    };
    public readonly Option<TimeSpan?> IdleTimeout = new(Values.DurationOrZero("no limit"), "--idle-timeout")
    {
        ValueName = "TIME",
        Help = "end a command that prints nothing for TIME; 0 for no limit",
        Default = "0",
        NeedsCommand = $"{RunsNothing}, so there is no output to wait for",
        NotForTransfers = $"{RunsNothing}; the limit for a copy is --timeout",
    };
    public readonly Option<TimeSpan?> Deadline = new(Values.DurationOrZero("no limit"), "--deadline")
    {
        ValueName = "TIME",
        Help = "time limit for the whole run: what runs then is stopped, and nothing more is started; 0 for none",
        Default = "0",
    };

    public override IReadOnlyList<Option> Options => [CommandTimeout, IdleTimeout, Deadline];

    /// <summary>Returns a plan with the limits of the options.</summary>
    public RunPlan Apply(RunPlan plan) => plan with
    {
        CommandTimeout = GetLimit(CommandTimeout.Value?.Time),
        RelativeTimeout = CommandTimeout.Value?.Multiple,
        IdleTimeout = GetLimit(IdleTimeout.Value),
        Deadline = GetLimit(Deadline.Value),
    };

    private static TimeSpan GetLimit(TimeSpan? time) => time is { } limit && limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan;
}
