using System.Collections.Immutable;
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
        ("notchecked", result => result.Outcome == NodeOutcome.NotChecked),
    ];

    private const string Differs = "differs";
    private const string Running = "running";
    private const string Unknown = "unknown";
    private const int TimeoutCode = 124;

    private readonly JournalReader _reader;
    private readonly NodeResult?[] _results;
    private readonly NodeResult[] _all;
    private readonly ImmutableArray<Target> _canary = [];

    private RunResults(JournalReader reader)
    {
        _reader = reader;
        // Before the events: a run that ends meanwhile has its end among them.
        var isRunning = reader.IsRunning;
        _results = new NodeResult?[reader.Entry.Targets.Length];
        var begun = new bool[_results.Length];
        var isUnchecked = new bool[_results.Length];
        foreach (var record in reader.ReadEvents())
        {
            switch (record)
            {
                case JournalEvent { Event: NodeFinished finished }:
                    _results[finished.Target.Index] = finished.Result;
                    isUnchecked[finished.Target.Index] = finished.Result.Succeeded && reader.Entry.HasCheck;
                    break;
                case JournalEvent { Event: NodeChecked check }:
                    _results[check.Target.Index] = check.Result;
                    isUnchecked[check.Target.Index] = false;
                    break;
                case JournalEvent { Event: BatchStarted { Batch: { IsCanary: true } batch } }:
                    _canary = batch.Targets;
                    break;
                case JournalEvent { Event: NodeConnecting connecting }:
                    begun[connecting.Target.Index] = true;
                    _results[connecting.Target.Index] = null;
                    break;
                case JournalEarlier earlier:
                    _results[earlier.Target.Index] = earlier.Result;
                    break;
                case JournalOmission omission:
                    OmittedBytes += omission.Bytes;
                    break;
                case JournalGap gap:
                    Gap = gap;
                    break;
                case JournalEnd end:
                    End = end;
                    break;
            }
        }

        State = End is not null ? JournalState.Ended
            : isRunning ? JournalState.Running
            : reader.IsIncomplete ? JournalState.Incomplete
            : JournalState.Killed;
        _all =
        [
            .. _results.Select((result, index) => result is null ? GetMissing(index, begun[index] || State == JournalState.Incomplete)
                : isUnchecked[index] ? result with { Outcome = NodeOutcome.NotChecked }
                : result),
        ];
    }

    /// <summary>What was known at the start of the run.</summary>
    public JournalEntry Entry => _reader.Entry;

    /// <summary>The results by the index of the target.</summary>
    public IReadOnlyList<NodeResult> Results => _all;

    /// <summary>The end of the run; null if the program was killed or still runs.</summary>
    public JournalEnd? End { get; }

    /// <summary>What is known of the end of the run.</summary>
    public JournalState State { get; }

    /// <summary>Whether the program of the run still runs.</summary>
    public bool IsRunning => State == JournalState.Running;

    /// <summary>The number of bytes of output between the ends that the journal has.</summary>
    public long OmittedBytes { get; }

    /// <summary>The failure that left the journal without output; null for none.</summary>
    public JournalGap? Gap { get; }

    /// <summary>The targets that had begun and whose end is missing.</summary>
    public IEnumerable<Target> Unfinished =>
        Entry.Targets.Where(target => _results[target.Index] is null && _all[target.Index].Outcome != NodeOutcome.NotStarted);

    /// <summary>The targets that never started.</summary>
    public IEnumerable<Target> NotStarted => Entry.Targets.Where(target => _all[target.Index].Outcome == NodeOutcome.NotStarted);

    /// <summary>The targets that succeeded, but were not checked.</summary>
    public IEnumerable<Target> NotChecked => Entry.Targets.Where(target => _all[target.Index].Outcome == NodeOutcome.NotChecked);

    /// <summary>The targets of the canary that failed, or of which it is not known.</summary>
    public IEnumerable<Target> FailedCanary =>
        _canary.Where(target => _all[target.Index] is { Succeeded: false, Outcome: not (NodeOutcome.NotStarted or NodeOutcome.NotChecked) });

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

    /// <summary>Returns the cause of a target's result in a few words, or what is known in its place.</summary>
    /// <param name="target">A target of the run.</param>
    /// <returns><c>exit 3</c>, <c>running</c> and so on.</returns>
    /// <exception cref="ArgumentNullException">The target is null.</exception>
    public string GetCause(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var isPending = !HasEnded(target) && _all[target.Index].Outcome != NodeOutcome.NotStarted;
        return (isPending, State) switch
        {
            (true, JournalState.Running) => Running,
            _ => _all[target.Index].Cause,
        };
    }

    /// <summary>
    /// Returns the targets of a set: <c>failed</c>, <c>ok</c>, <c>timeout</c>, <c>notstarted</c>, <c>notchecked</c>, <c>running</c>, <c>exit=N</c> (the code of the result,
    /// also that of a time limit or a signal), or <c>differs</c> for those that are not in the largest group of targets with equal results and outputs.
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
        if (set == Running)
            return State == JournalState.Running ? [.. Unfinished] : [];
        int? code = set.StartsWith(ExitPrefix, StringComparison.Ordinal)
            && int.TryParse(set.AsSpan(ExitPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var contains = code is null
            ? Array.Find(SetsByResult, one => one.Name == set).Contains
            : result => HasCode(result) && result.Code == code;
        return contains is null ? null : [.. Entry.Targets.Where(target => IsKnown(target) && contains(_all[target.Index]))];
    }

    /// <summary>The names of the sets, for messages.</summary>
    public static string SetNames => $"{string.Join(", ", SetsByResult.Select(set => set.Name))}, {ExitPrefix}N, {Running}, {Differs}";

    /// <summary>Returns the names of the sets that have members, except <c>differs</c>, which needs a comparison of all outputs.</summary>
    /// <returns>The names.</returns>
    public IReadOnlyList<string> GetSets() =>
    [
        .. SetsByResult.Where(set => Find(set.Name)!.Count > 0).Select(set => set.Name),
        .. Find(Running)!.Count > 0 ? (string[])[Running] : [],
        .. Entry.Targets.Where(IsKnown).Select(target => _all[target.Index]).Where(HasCode).Select(result => result.Code).Distinct().Order()
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

    // The code by which --retry-on chooses: also that of a time limit or a signal.
    private static bool HasCode(NodeResult result) => result.Outcome != NodeOutcome.NotStarted;

    // All time limits of commands have the code of timeout(1).
    private static bool IsTimeout(NodeResult result) => result.Outcome == NodeOutcome.ConnectTimedOut
        || (result.Outcome is not (NodeOutcome.Exited or NodeOutcome.NotStarted) && result.Code == TimeoutCode);

    private List<Target> FindDifferent()
    {
        var outputs = ReadOutputs();
        var unknown = Entry.Targets.Where(target => outputs[target.Index].Hash is null).ToList();
        if (unknown.Count > 0)
        {
            var names = HostList.Fold(unknown.Select(target => target.Label));
            throw new JournalException(string.Create(
                CultureInfo.InvariantCulture,
                $"the output of {names} is not in the journal of run {Entry.Number}, so it can't be compared"));
        }

        var largest = Entry.Targets.GroupBy(target => (GetCause(target), outputs[target.Index].Hash)).MaxBy(group => group.Count());
        var same = largest?.Select(target => target.Index).ToHashSet() ?? [];
        return [.. Entry.Targets.Where(target => !same.Contains(target.Index))];
    }

    /// <summary>Whether it is known if a target succeeded. A target of a run that has not ended may still do so.</summary>
    private bool IsKnown(Target target) => HasEnded(target) || _all[target.Index].Outcome == NodeOutcome.NotStarted || State == JournalState.Killed;

    private NodeResult GetMissing(int index, bool hasBegun) => new(hasBegun ? NodeOutcome.ConnectionLost : NodeOutcome.NotStarted)
    {
        Reason = hasBegun ? Unknown : null,
        Message = !hasBegun ? null
            : State == JournalState.Running ? "the run has not ended, and this host's result is not known yet"
            : State == JournalState.Incomplete ? "the journal of the run could not be written, so this host's result is not known"
            : "volley was killed before the host ended; the last 64 KiB of its output can be lost",
        MayStillRun = hasBegun,
        IsMainRank = index == Entry.MainRank,
    };
}
