using System.Text.Json;
using Volley.Cli.Output.Files;
using Volley.Cli.Output.Summary;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Json;

/// <summary>
/// The summary of a run as JSON: <c>--report</c>, <c>summary.json</c> of <c>--output-dir</c>, and the last object of <c>--output json</c>.
/// </summary>
/// <param name="plan">The plan of the run.</param>
/// <param name="strategy">The strategy that determines the exit code.</param>
/// <param name="clock">The clock of the run.</param>
/// <param name="directory">The directory of the output files; null if there is none.</param>
/// <param name="ssh">The options of the transport, which count the host keys that were recorded.</param>
internal sealed class SummaryReport(RunPlan plan, ExitCodeStrategy strategy, RunClock clock, OutputDirectory? directory, SshOptions ssh)
{
    /// <summary>The version of all JSON formats. Within one version, members are only added.</summary>
    public const int Version = 1;

    private const int MaxPendingBytes = 64 * 1024;

    /// <summary>Writes the whole report, including every node.</summary>
    public void Write(Utf8JsonWriter json, RunSummary summary, int exitCode)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, Version);
        WritePlan(json);
        WriteOutcome(json, summary, exitCode);
        json.WriteStartArray("nodes"u8);
        foreach (var target in plan.Targets)
        {
            if (summary.Results[target.Index] is { } result)
                WriteNode(json, target, result);
            if (json.BytesPending > MaxPendingBytes)
                json.Flush();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes the members that are known at the start of a run.</summary>
    public void WritePlan(Utf8JsonWriter json)
    {
        json.WriteTime("started_at"u8, clock.StartedAt);
        json.WriteString("job"u8, JsonNames.Get(plan.Job));
        json.WriteString("command"u8, JobCommands.GetTitle(plan.Job) is { } title ? SystemText.ToValid(title) : null);
        json.WriteStartArray("steps"u8);
        foreach (var step in plan.Job is StepsJob steps ? steps.Steps : [])
            json.WriteStringValue(SystemText.ToValid(step.Title));
        json.WriteEndArray();
        WriteOperands(json);
        json.WriteNumber("targets"u8, plan.Targets.Length);
        json.WriteNumber("parallel"u8, plan.MaxConcurrency);
        json.WriteString("main_rank"u8, plan.Targets[plan.MainRank].Label);
        json.WriteString("strategy"u8, JsonNames.Get(strategy));
    }

    /// <summary>Writes the members that are known at the end of a run, except the nodes.</summary>
    public void WriteOutcome(Utf8JsonWriter json, RunSummary summary, int exitCode)
    {
        var totals = RunTotals.From(plan, summary);
        json.WriteNumber("exit_code"u8, exitCode);
        json.WriteString("stop"u8, JsonNames.Get(summary.Stop));
        json.WriteSeconds("elapsed"u8, clock.Duration);
        json.WriteNumber("succeeded"u8, totals.Targets - totals.Failed);
        json.WriteNumber("failed"u8, totals.Failed);
        json.WriteStartObject("outcomes"u8);
        foreach (var (outcome, count) in totals.Outcomes)
            json.WriteNumber(JsonNames.Get(outcome), count);
        json.WriteEndObject();
        json.WriteSeconds("median"u8, totals.Median);
        json.WriteSeconds("slowest"u8, totals.Slowest is { } slowest ? summary.Results[slowest.Index]!.Elapsed : null);
        json.WriteString("slowest_node"u8, totals.Slowest?.Label);
        json.WriteNumber("retries"u8, totals.Retries);
        json.WriteNumber("stdout_bytes"u8, totals.StdoutBytes);
        json.WriteNumber("stderr_bytes"u8, totals.StderrBytes);
        json.WriteNumber("transferred_files"u8, totals.TransferredFiles);
        json.WriteNumber("transferred_bytes"u8, totals.TransferredBytes);
        json.WriteNumber("deleted_files"u8, totals.DeletedFiles);
        json.WriteNumber("recorded_host_keys"u8, ssh.RecordedHostKeys);
        json.WriteStartArray("failures"u8);
        foreach (var group in summary.Failures())
        {
            json.WriteStartObject();
            json.WriteString("cause"u8, group.Key);
            json.WriteNumber("count"u8, group.Count());
            json.WriteString("nodes"u8, HostList.Fold(group.Select(target => target.Label)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the paths of a copy.</summary>
    private void WriteOperands(Utf8JsonWriter json)
    {
        var (sources, destination) = plan.Job switch
        {
            PushJob push => (push.Sources, push.Destination),
            PullJob pull => (pull.Sources, pull.Destination),
            _ => ([], null),
        };
        json.WriteStartArray("sources"u8);
        foreach (var source in sources)
            json.WriteStringValue(SystemText.ToValid(source));
        json.WriteEndArray();
        json.WriteString("destination"u8, destination is null ? null : SystemText.ToValid(destination));
    }

    private void WriteNode(Utf8JsonWriter json, Target target, NodeResult result)
    {
        json.WriteStartObject();
        json.WriteNode(target);
        json.WriteResult(target, result);
        if (directory is not null)
        {
            json.WriteString("stdout_file"u8, directory.GetFileName(target.Index, StreamKind.Stdout));
            json.WriteString("stderr_file"u8, result.StderrBytes > 0 ? directory.GetFileName(target.Index, StreamKind.Stderr) : null);
        }

        json.WriteEndObject();
    }
}
