using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Cli.Output;
using Volley.Cli.Run;
using Volley.Cli.Terminal;
using Volley.Cli.Tui;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>Shows a run of the journal again, with the renderers and the times of the run.</summary>
/// <param name="settings">The settings.</param>
/// <param name="results">The results of the run.</param>
/// <param name="reader">The journal of the run.</param>
/// <param name="writer">The destination.</param>
internal sealed class Replay(RunSettings settings, RunResults results, JournalReader reader, TerminalWriter writer)
{
    private readonly ReplayTime _time = new(results.Entry.StartedAt);

    /// <summary>Returns 0, or 1 if a report can't be written.</summary>
    /// <exception cref="JournalException">The journal can't be read, or is damaged.</exception>
    public async Task<int> RunAsync()
    {
        using var tui = settings.Output.Modes.Main == OutputMode.Tui ? new TuiRenderer(settings, writer, _time) : null;
        using var control = new RunControl();
        var summary = new RunSummary(settings.Plan, control);
        using var output = new RunOutput(settings, writer, tui?.Logger ?? NullLogger.Instance, control, tui, _time);
        if (results.End is { Stop: not StopReason.None } end)
            control.Stop(end.Stop);
        foreach (var nodeEvent in ReadEvents())
        {
            summary.Add(nodeEvent);
            output.Render(nodeEvent);
        }

        if (tui is not null)
            await StayAsync(tui);
        output.Complete(summary);
        writer.Flush();
        return await output.WriteReportsAsync(summary, results.End?.ExitCode ?? output.GetExitCode(summary)) ?? 0;
    }

    /// <summary>Keeps the terminal UI until the user leaves.</summary>
    private async Task StayAsync(TuiRenderer tui)
    {
        using var control = new RunControl();
        var rounds = new Rounds(new ParallelExecutor(new ExecTransport()), settings.Plan, control, TimeProvider.System, []);
        using var signals = new StopSignals(rounds, control, writer, isBatch: true, TimeProvider.System, transfers: null, tui.Interrupt);
        tui.Start(rounds);
        await rounds.RunAsync(_ => { });
    }

    private IEnumerable<NodeEvent> ReadEvents()
    {
        foreach (var record in reader.ReadAllEvents())
        {
            _time.MoveTo(record.Time);
            switch (record)
            {
                case JournalEvent { Event: var nodeEvent }:
                    yield return nodeEvent;
                    break;
                case JournalOmission omission:
                    var text = $"\n{JournalText.Omitted(omission.Bytes, omission.Hash)}\n";
                    yield return new NodeOutput(omission.Target, omission.Stream, Encoding.UTF8.GetBytes(text));
                    break;
            }
        }

        // Of a run that goes on, the ends are yet to come.
        if (results.IsRunning)
            yield break;
        foreach (var target in results.Entry.Targets.Where(target => !results.HasEnded(target)))
            yield return new NodeFinished(target, results.Results[target.Index]);
        if (results.End is not null)
            yield break;
        foreach (var target in results.NotChecked)
            yield return new NodeChecked(target, results.Results[target.Index]);
    }
}
