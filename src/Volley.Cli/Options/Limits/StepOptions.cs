using System.Globalization;
using Volley.Cli.Options.Parsing;
using Volley.Interop.Text;

namespace Volley.Cli.Options.Limits;

/// <summary>The options for more commands after the first one.</summary>
internal sealed class StepOptions() : OptionGroup("Steps")
{
    private const string RunsNothing = "it runs no command";

    public readonly ListOption Then = new(ReadLine, "--then")
    {
        ValueName = "COMMAND",
        Help = "after the command, run COMMAND on each host where all before it succeeded; may be repeated",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
        HasVariable = false,
    };
    public readonly Flag Barrier = new("--barrier")
    {
        Help = "with --then: begin a step once all hosts have ended the one before it",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };

    public override IReadOnlyList<Option> Options => [Then, Barrier];

    /// <summary>Checks that the options are consistent with each other and with others.</summary>
    /// <param name="retries">The option for the number of retries.</param>
    /// <param name="spread">The option that limits hosts with the same value of an attribute.</param>
    /// <param name="usesSsh">Whether the commands are sent to SSH servers.</param>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check(Option<int?> retries, Option spread, bool usesSsh)
    {
        if (!Then.IsGiven)
            Barrier.DropDefault();
        if (Barrier.IsGiven && !Then.IsGiven)
            throw new UsageException("--barrier requires --then with a command");
        if (Barrier.Contradicts(spread))
        {
            throw Barrier.Error(
                "--barrier lets hosts wait for all others of their batch, but with --spread some start only when others have ended; leave out one of the two");
        }

        if (retries.Value is > 0 && Then.Contradicts(retries))
            throw Then.Error("--retry-command runs a single command again, and not one of several steps; leave out one of --then and --retry-command");
        foreach (var line in Then.Values.Where(_ => usesSsh))
            CheckLength(Then.Name, line);
    }

    /// <summary>Returns a job with the steps: the command itself if there are no others.</summary>
    /// <param name="first">The first command, whose terminal, variables and directory the others share.</param>
    /// <param name="hide">Returns a title without secrets.</param>
    /// <param name="toLine">Returns the line that is run for a command; null for the command itself.</param>
    public Job Apply(CommandJob first, Func<string, string> hide, Func<string, string>? toLine = null) => !Then.IsGiven ? first : new StepsJob([
        first,
        .. Then.Values.Select(line => Share(CommandJob.Shell(toLine?.Invoke(line) ?? line) with { Title = hide(line) }, first)),
    ])
    {
        HasBarrier = Barrier.IsGiven,
    };

    /// <summary>Returns a command with the terminal, the variables and the directory of another one.</summary>
    public static CommandJob Share(CommandJob command, CommandJob first) => command with
    {
        Terminal = first.Terminal,
        Environment = first.Environment,
        TargetEnvironment = first.TargetEnvironment,
        Secrets = first.Secrets,
        WorkingDirectory = first.WorkingDirectory,
    };

    /// <summary>Returns the title of the first command, given that of a run, which has those of all steps; null if the steps are others.</summary>
    public string? GetFirstTitle(string title)
    {
        var rest = string.Concat(Then.Values.Select(step => $", then {step}"));
        return title.EndsWith(rest, StringComparison.Ordinal) ? title[..^rest.Length] : null;
    }

    /// <summary>Checks the length of a command line for SSH servers.</summary>
    /// <param name="what">The name of the command in the message.</param>
    /// <param name="line">The command line.</param>
    /// <exception cref="UsageException">The line is longer than SSH servers accept.</exception>
    public static void CheckLength(string what, string line)
    {
        var length = SystemText.GetByteCount(line);
        if (length > CommandJob.MaxCommandLineBytes)
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"{what} has {length:N0} bytes, but SSH servers take at most {CommandJob.MaxCommandLineBytes:N0}; use --script with a file"));
        }
    }

    private static string ReadLine(string name, string text) =>
        string.IsNullOrWhiteSpace(text) ? throw new UsageException($"{name} takes a command; its value is blank") : text;
}
