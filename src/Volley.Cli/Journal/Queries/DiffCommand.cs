using System.Globalization;
using System.Text.Json;
using Volley.Cli.Output.Json;
using Volley.Cli.Terminal;
using Volley.Interop.Text;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The command <c>volley diff</c>: shows the hosts whose result or output differs between two runs.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class DiffCommand(DiffRequest request, TerminalWriter writer)
{
    /// <summary>Returns 0 if nothing changed, else 1, as diff(1) does.</summary>
    /// <exception cref="UsageException">There is no such run.</exception>
    /// <exception cref="JournalException">A journal can't be read.</exception>
    public int Run()
    {
        var (first, second) = (Side.Read(request.Journal, request.First), Side.Read(request.Journal, request.Second));
        var unknown = new List<Target>();
        var changes = FindChanges(first, second, unknown);
        if (request.IsJson)
            JsonDocumentWriter.Print(writer, json => Write(json, first, second, changes, unknown));
        else
            Print(first, second, changes, unknown);
        return changes.Count == 0 ? 0 : ExitCodes.Failure;
    }

    private static List<IGrouping<Change, Target>> FindChanges(Side first, Side second, List<Target> unknown)
    {
        var changes = new List<(Change Change, Target Target)>();
        foreach (var target in first.Entry.Targets)
        {
            var before = first.GetCause(target);
            if (!second.ByLabel.TryGetValue(target.Label, out var same))
                changes.Add((new(before, null, false), target));
            else if (second.GetCause(same) is var after && after != before)
                changes.Add((new(before, after, false), target));
            else if (first.Outputs is { } outputs && second.Outputs is { } others)
                Compare(outputs[target.Index].Matches(others[same.Index]), new(before, after, true), target);
        }

        changes.AddRange(second.Entry.Targets
            .Where(target => !first.ByLabel.ContainsKey(target.Label))
            .Select(target => (new Change(null, second.GetCause(target), false), target)));
        return [.. changes.GroupBy(one => one.Change, one => one.Target)];

        void Compare(bool? areEqual, Change change, Target target)
        {
            if (areEqual is null)
                unknown.Add(target);
            else if (areEqual is false)
                changes.Add((change, target));
        }
    }

    private void Print(Side first, Side second, List<IGrouping<Change, Target>> changes, List<Target> unknown)
    {
        var count = changes.Sum(change => change.Count());
        var total = first.Entry.Targets.Length + second.Entry.Targets.Count(target => !first.ByLabel.ContainsKey(target.Label));
        var names = string.Create(CultureInfo.InvariantCulture, $"run {first.Entry.Number} and run {second.Entry.Number}");
        writer.PrintOut(string.Create(CultureInfo.InvariantCulture, $"{count} of {total} hosts differ between {names}"));
        foreach (var change in changes)
            writer.PrintOut($"{change.Key.Describe(first.Entry.Number, second.Entry.Number)}: {JournalText.Hosts([.. change])}");
        if (first.Outputs is null || second.Outputs is null)
            writer.PrintErr("volley: outputs are not compared: a journal has none (--journal none)");
        if (unknown.Count > 0)
            writer.PrintErr($"volley: the outputs of {JournalText.Hosts(unknown)} are not compared: the journals do not have them");
    }

    private static void Write(Utf8JsonWriter json, Side first, Side second, List<IGrouping<Change, Target>> changes, List<Target> unknown)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, SummaryReport.Version);
        json.WriteNumber("from"u8, first.Entry.Number);
        json.WriteNumber("to"u8, second.Entry.Number);
        json.WriteBoolean("outputs_compared"u8, first.Outputs is not null && second.Outputs is not null && unknown.Count == 0);
        json.WriteString("not_compared"u8, SystemText.ToValid(HostList.Fold(unknown.Select(target => target.Label))));
        json.WriteStartArray("changes"u8);
        foreach (var change in changes)
        {
            json.WriteStartObject();
            json.WriteString("from"u8, change.Key.Before);
            json.WriteString("to"u8, change.Key.After);
            json.WriteBoolean("output"u8, change.Key.IsOutput);
            json.WriteNumber("count"u8, change.Count());
            json.WriteString("nodes"u8, SystemText.ToValid(HostList.Fold(change.Select(target => target.Label))));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A change that several hosts have in common.</summary>
    /// <param name="Before">The cause in the first run; null for a host that it did not have.</param>
    /// <param name="After">The cause in the second run; null for a host that it did not have.</param>
    /// <param name="IsOutput">Whether only the output changed.</param>
    private sealed record Change(string? Before, string? After, bool IsOutput)
    {
        public string Describe(int first, int second) => (Before, After, IsOutput) switch
        {
            (null, _, _) => string.Create(CultureInfo.InvariantCulture, $"only in run {second}, {After}"),
            (_, null, _) => string.Create(CultureInfo.InvariantCulture, $"only in run {first}, {Before}"),
            (_, _, true) => $"{Before}, other output",
            _ => $"{Before} -> {After}",
        };
    }

    /// <summary>One of the runs.</summary>
    private sealed record Side(RunResults Results, IReadOnlyList<OutputDigest>? Outputs)
    {
        public JournalEntry Entry => Results.Entry;

        public Dictionary<string, Target> ByLabel { get; } =
            Results.Entry.Targets.ToDictionary(target => target.Label, StringComparer.OrdinalIgnoreCase);

        public static Side Read(RunJournal journal, string run)
        {
            var results = RunResults.Read(journal.Read(RunLookup.Find(journal, run)));
            return new Side(results, results.Entry.Level == JournalLevel.None ? null : results.ReadOutputs());
        }

        public string GetCause(Target target) => Results.GetCause(target);
    }
}
