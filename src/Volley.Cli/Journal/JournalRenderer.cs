using Volley.Cli.Output;
using Volley.Cli.Output.Json;
using Volley.Cli.Output.Summary;
using Volley.Cli.Run;
using Volley.Cli.Terminal;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>
/// Writes the events of a run to its journal. It is the first renderer, so that nothing is printed that the journal does not have. A journal that
/// can't be written is one warning, and never the end of a run.
/// </summary>
internal sealed class JournalRenderer : IRenderer, IDisposable
{
    private readonly JournalWriter _journal;
    private readonly TerminalWriter _writer;
    private readonly SummaryReport _report;
    private readonly RunClock _clock;
    private readonly bool _hasFileContents;

    private JournalRenderer(JournalWriter journal, RunSettings settings, TerminalWriter writer, SummaryReport report, RunClock clock)
    {
        _journal = journal;
        _writer = writer;
        _report = report;
        _clock = clock;
        _hasFileContents = settings.Plan.Job is PullJob;
        _journal.WriteBegin(json =>
        {
            json.WriteNumber("version"u8, SummaryReport.Version);
            report.WritePlan(json);
        });
        if (settings.Repeated is not { } repeated)
            return;
        // The result of a host that is only checked must not be lost if the program is killed before.
        foreach (var target in repeated.Others.Concat(repeated.Unchecked))
            _journal.WriteEarlier(target, repeated.Results[target.Index]);
    }

    /// <summary>Begins the journal of a run. Returns null if the run has none, or after a warning if it can't be written.</summary>
    public static JournalRenderer? TryBegin(RunSettings settings, TerminalWriter writer, SummaryReport report, RunClock clock)
    {
        try
        {
            return settings.Journal?.Begin(settings, clock.StartedAt) is { } journal ? new JournalRenderer(journal, settings, writer, report, clock) : null;
        }
        catch (JournalException failure)
        {
            Warn(writer, failure);
            return null;
        }
    }

    /// <summary>The number of the run.</summary>
    public int Number => _journal.Number;

    public void Render(NodeEvent nodeEvent)
    {
        // The names of files are kept, and not their contents.
        if (_hasFileContents && nodeEvent is NodeOutput { Stream: StreamKind.Stdout })
            return;
        _journal.Write(nodeEvent, _clock.Elapsed);
    }

    /// <summary>The end of the run is written by <see cref="End"/>, when its exit code is known.</summary>
    public void Complete(RunSummary summary)
    {
    }

    /// <summary>Writes the end of the run.</summary>
    public void End(RunSummary summary, int exitCode)
    {
        var succeeded = summary.Results.Count(result => result is { Succeeded: true });
        _journal.Complete(exitCode, succeeded, _clock.Duration, json => _report.WriteOutcome(json, summary, exitCode));
        if (_journal.Failure is { } failure)
            Warn(_writer, failure);
    }

    public void Dispose() => _journal.Dispose();

    private static void Warn(TerminalWriter writer, JournalException failure) =>
        writer.PrintErr($"volley: warning: the journal of this run is incomplete or missing: {failure.Message} (--no-journal keeps none)");
}
