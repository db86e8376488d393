using Volley.Cli.Output.Summary;

namespace Volley.Cli.Output.Reports;

/// <summary>What the reports of a run are made of, at its end.</summary>
/// <param name="Plan">The plan of the run.</param>
/// <param name="Summary">The results.</param>
/// <param name="ExitCode">The exit code of the run.</param>
/// <param name="Clock">The clock of the run.</param>
/// <param name="Collected">The outputs and times of the nodes; null if no report needs them.</param>
internal sealed record RunReport(RunPlan Plan, RunSummary Summary, int ExitCode, RunClock Clock, ReportCollector? Collected)
{
    /// <summary>The totals.</summary>
    public RunTotals Totals { get; } = RunTotals.From(Plan, Summary);

    /// <summary>The title: the command, or the verb with its operands.</summary>
    public string Title => JobTitles.GetWithProgram(Plan.Job);

    /// <summary>The nodes with their results, in the order of the plan.</summary>
    public IEnumerable<(Target Target, NodeResult Result)> Nodes =>
        Plan.Targets.Where(target => Summary.Results[target.Index] is not null).Select(target => (target, Summary.Results[target.Index]!));

    /// <summary>The result of the run in one sentence.</summary>
    public string Verdict => Totals.Failed == 0
        ? $"{NumberText.Count(Totals.Targets, "host")} succeeded"
        : $"{Totals.Failed} of {NumberText.Count(Totals.Targets, "host")} failed";
}

/// <summary>Writes a run in the format of a report.</summary>
internal interface IReportWriter
{
    /// <summary>Writes the report.</summary>
    /// <param name="destination">The file.</param>
    /// <param name="report">The run.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    void Write(Stream destination, RunReport report);
}
