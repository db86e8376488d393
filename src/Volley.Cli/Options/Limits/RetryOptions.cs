using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options.Limits;

/// <summary>The options for running failed commands again.</summary>
internal sealed class RetryOptions() : OptionGroup("Retries of commands")
{
    private const string RunsNothing = "it runs no command; failed connections are retried by --retries";

    public readonly Option<int?> Limit = new(Values.Number(0, 1_000_000), "--retry-command")
    {
        ValueName = "N",
        Help = "run a failed command again up to N times; its last attempt counts",
        Default = "0",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };
    public readonly Option<TimeSpan?> Delay = new(Values.DurationOrZero("at once"), "--retry-delay")
    {
        ValueName = "TIME",
        Help = "time before each retry",
        Default = "1s",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };
    public readonly ListOption Conditions = new(RetryConditions.Check, "--retry-on")
    {
        ValueName = "CODE",
        Help = "retry only after these: codes and ranges (75,100-110), timeout, signal, lost",
        Default = "any failure of the command",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };

    public override IReadOnlyList<Option> Options => [Limit, Delay, Conditions];

    /// <summary>Checks that the options are consistent with each other and with the standard input.</summary>
    /// <param name="stdin">The option that sends standard input to the hosts.</param>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check(Flag stdin)
    {
        if (Limit.Value is > 0 && Limit.Contradicts(stdin))
            throw Limit.Error("--retry-command can't repeat standard input, which can be read only once; leave out --stdin, or use --script");
        if (Limit.Value is > 0)
            return;
        foreach (var option in new Option[] { Delay, Conditions })
        {
            option.DropDefault();
            if (option.IsGiven)
                throw new UsageException($"{option.Name} requires --retry-command with the number of retries");
        }
    }

    /// <summary>Returns a job with the retries of the options.</summary>
    /// <exception cref="UsageException">The input of the job can be read only once.</exception>
    public CommandJob Apply(CommandJob job)
    {
        if (job.Input is { IsRepeatable: false })
            Limit.DropDefault();
        if (Limit.Value is not (> 0 and var retries))
            return job;
        if (job.Input is { IsRepeatable: false })
            throw Limit.Error("--retry-command needs a script that can be read again: a file, not a pipe");
        var retry = new CommandRetry(retries);
        return job with { Retry = RetryConditions.Apply(retry with { Delay = Delay.Value ?? retry.Delay }, Conditions.Values) };
    }
}
