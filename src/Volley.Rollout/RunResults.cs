using System.Globalization;
using Volley.Rollout.Journal;

namespace Volley.Rollout;

/// <summary>
/// The results of a run by its journal. Each target has one: of a target whose end is missing, because the program was killed or still runs,
/// it says whether the target had begun.
/// </summary>
public sealed class RunResults
{
    private const string ExitPrefix = "exit=";

    private static readonly (string Name, Func<NodeResult, bool> Contains)[] SetsByResult =
    [
        ("failed", result => !result.Succeeded),
        ("ok", result => result.Succeeded),
        ("timeout", IsTimeout),
        ("notstarted", result => result.Outcome == NodeOutcome.NotStarted),
    ];

    private const string Differs = "differs";
    private const int TimeoutCode = 124;

    private readonly JournalReader _reader;
    private readonly NodeResult?[] _results;
    private readonly NodeResult[] _all;

    private RunResults(JournalReader reader)
    {
        _reader = reader;
        IsRunning = reader.IsRunning;
        _results = new NodeResult?[reader.Entry.Targets.Length];
        var begun = new bool[_results.Length];
        foreach (var record in reader.ReadEvents())
        {
            switch (record)
            {
                case JournalEvent { Event: NodeFinished finished }:
                    _results[finished.Target.Index] = finished.Result;
                    break;
                case JournalEvent { Event: NodeChecked check }:
                    _results[check.Target.Index] = check.Result;
                    break;
                case JournalEvent { Event: NodeConnecting connecting }:
                    begun[connecting.Target.Index] = true;
                    _results[connecting.Target.Index] = null;
                    break;
                case JournalEarlier earlier:
                    _results[earlier.Target.Index] = earlier.Result;
                    break;
                case JournalEnd end:
                    End = end;
                    break;
            }
        }

        _all = [.. _results.Select((result, index) => result ?? GetMissing(index, begun[index]))];
    }

    /// <summary>What was known at the start of the run.</summary>
    public JournalEntry Entry => _reader.Entry;

    /// <summary>The results by the index of the target.</summary>
    public IReadOnlyList<NodeResult> Results => _all;

    /// <summary>The end of the run; null if the program was killed or still runs.</summary>
    public JournalEnd? End { get; }

    /// <summary>Whether the program of the run still runs.</summary>
    public bool IsRunning { get; }

    /// <summary>The targets that had begun and whose end is missing.</summary>
    public IEnumerable<Target> Unfinished =>
        Entry.Targets.Where(target => _results[target.Index] is null && _all[target.Index].Outcome != NodeOutcome.NotStarted);

    /// <summary>The targets that never started.</summary>
    public IEnumerable<Target> NotStarted => Entry.Targets.Where(target => _all[target.Index].Outcome == NodeOutcome.NotStarted);

    /// <summary>Reads the results of a run.</summary>
    /// <param name="reader">The journal of the run.</param>
    /// <returns>The results.</returns>
    /// <exception cref="JournalException">The events can't be read, or are damaged.</exception>
    /// <exception cref="ArgumentNullException">The reader is null.</exception>
    public static RunResults Read(JournalReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return new RunResults(reader);
    }

    /// <summary>Whether the end of a target is in the journal.</summary>
    /// <param name="target">A target of the run.</param>
    /// <returns>False if the program was killed, or still runs, before the target ended.</returns>
    /// <exception cref="ArgumentNullException">The target is null.</exception>
    public bool HasEnded(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return _results[target.Index] is not null;
    }

    /// <summary>
    /// Returns the targets of a set: <c>failed</c>, <c>ok</c>, <c>timeout</c>, <c>notstarted</c>, <c>exit=N</c>, or <c>differs</c> for those that
    /// are not in the largest group of targets with equal results and outputs.
    /// </summary>
    /// <param name="set">The name.</param>
    /// <returns>The targets in the order of the run; null if there is no such set.</returns>
    /// <exception cref="JournalException">The outputs are compared, but the journal has none, or can't be read.</exception>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public IReadOnlyList<Target>? Find(string set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set == Differs)
            return FindDifferent();
        int? code = set.StartsWith(ExitPrefix, StringComparison.Ordinal)
            && int.TryParse(set.AsSpan(ExitPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var contains = code is null
            ? Array.Find(SetsByResult, one => one.Name == set).Contains
            : result => result.Outcome == NodeOutcome.Exited && result.ExitCode == code;
        return contains is null ? null : [.. Entry.Targets.Where(target => contains(_all[target.Index]))];
    }

    /// <summary>Returns the names of the sets that have members, except <c>differs</c>, which needs a comparison of all outputs.</summary>
    /// <returns>The names.</returns>
    public IReadOnlyList<string> GetSets() =>
    [
        .. SetsByResult.Where(set => _all.Any(set.Contains)).Select(set => set.Name),
        .. _all.Where(result => result.Outcome == NodeOutcome.Exited).Select(result => result.ExitCode).Distinct().Order()
            .Select(code => string.Create(CultureInfo.InvariantCulture, $"{ExitPrefix}{code}")),
        .. Entry.Level == JournalLevel.None ? (string[])[] : [Differs],
    ];

    /// <summary>Returns the outputs of the targets, to compare them.</summary>
    /// <returns>The outputs by the index of the target.</returns>
    /// <exception cref="JournalException">The journal has no outputs, or can't be read.</exception>
    public IReadOnlyList<OutputDigest> ReadOutputs() => Entry.Level != JournalLevel.None
        ? OutputDigests.Read(_reader, _all)
        : throw new JournalException(string.Create(
            CultureInfo.InvariantCulture, $"run {Entry.Number} has a journal without output (--journal none), so outputs can't be compared"));

    // All time limits of commands have the code of timeout(1).
    private static bool IsTimeout(NodeResult result) => result.Outcome == NodeOutcome.ConnectTimedOut
        || (result.Outcome is not (NodeOutcome.Exited or NodeOutcome.NotStarted) && result.Code == TimeoutCode);

    private List<Target> FindDifferent()
    {
        var outputs = ReadOutputs();
        var largest = Entry.Targets.GroupBy(target => (_all[target.Index].Cause, outputs[target.Index])).MaxBy(group => group.Count());
        var same = largest?.Select(target => target.Index).ToHashSet() ?? [];
        return [.. Entry.Targets.Where(target => !same.Contains(target.Index))];
    }

    private NodeResult GetMissing(int index, bool hasBegun) => new(hasBegun ? NodeOutcome.Canceled : NodeOutcome.NotStarted)
    {
        Message = !hasBegun ? null
            : IsRunning ? "the run has not ended, and this host's result is not known yet"
            : "volley was killed before the host ended; the last 64 KiB of its output can be lost",
        MayStillRun = hasBegun,
        IsMainRank = index == Entry.MainRank,
    };
}
