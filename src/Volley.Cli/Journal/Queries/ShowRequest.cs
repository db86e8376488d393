using Volley.Cli.Options;
using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The request of <c>volley show</c>: to describe a run, or to show its output again.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="Run">The run.</param>
/// <param name="Output">The options for output; null to describe the run.</param>
internal sealed record ShowRequest(RunJournal Journal, string Run, OutputOptions? Output) : Request
{
    /// <summary>Whether files are written that need the result of the run.</summary>
    public bool WritesReports => Output is { } output && (output.Report.IsGiven || output.HostsOk.IsGiven || output.HostsFailed.IsGiven);

    /// <summary>Returns the options of the verb.</summary>
    public static IReadOnlyList<Option> GetOptions(RunOptions run)
    {
        var output = run.Output;
        return [.. output.Options.Except([output.MaxOutput, output.Progress, output.Verbose]), .. run.Files.Options];
    }

    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public static ShowRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        var run = new RunOptions();
        var options = GetOptions(run);
        var runs = OptionParser.SetMixed(options, arguments);
        if (runs is [_, var more, ..])
            throw new UsageException($"unexpected '{more}'; show takes one run");
        var output = run.Output;
        Option[] rendering =
        [
            output.Output, output.Tui, output.Gather, output.Diff, output.Live, output.Sort, output.OutputDir, output.Overwrite, output.Report,
            output.HostsOk, output.HostsFailed, output.NoPrefix,
        ];
        var renders = rendering.Any(option => option.IsRequested);
        if (!renders && output.Options.FirstOrDefault(option => option.IsRequested) is { } idle)
            throw new UsageException($"{idle.Name} only changes how output looks; add --output MODE, or leave it out");
        new OptionLayers(run, variable) { Options = options }.Apply();
        output.Check();
        return new ShowRequest(RunLookup.Open(variable), runs is [var one] ? one : RunLookup.Last, renders ? output : null);
    }
}
