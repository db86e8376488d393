using System.Globalization;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Journal;

/// <summary>The results of a run as a source of hosts: <c>@last:failed</c>, <c>@17:exit=3</c>.</summary>
internal sealed class RunSource : IHostSource
{
    private readonly RunJournal _journal;
    private RunResults? _results;

    private RunSource(string name, RunJournal journal) => (Name, _journal) = (name, journal);

    public string Name { get; }

    public string Location => _journal.Path;

    /// <summary>Returns the source of a name; null if the name is not that of a run. The journal is read when the source is asked.</summary>
    /// <param name="name">The name in <c>@NAME:SET</c>.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    public static IHostSource? Find(string name, Func<string, string?> variable) =>
        RunLookup.IsRun(name) && RunJournal.FindPath(variable) is { } path ? new RunSource(name, new RunJournal(path)) : null;

    public ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup) =>
        ValueTask.FromResult(Guard<IReadOnlyList<KnownHost>?>(results => results.Find(group) switch
        {
            null => throw new JournalException($"there is no set '{group}' of a run; the sets are {RunResults.SetNames}"),
            [] => throw new JournalException(string.Create(CultureInfo.InvariantCulture, $"no host of run {results.Entry.Number} is in '{group}'")),
            var targets => [.. targets.Select(ToHost)],
        }));

    public ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup) =>
        ValueTask.FromResult(Guard<IReadOnlyList<KnownHost>>(results => [.. results.Entry.Targets.Select(ToHost)]));

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Guard(results => results.GetSets()));

    private static KnownHost ToHost(Target target) => new(new Target(target.Host) { User = target.User, Port = target.Port })
    {
        Address = target.Address,
        Jump = target.ProxyJump is "none" ? "" : target.ProxyJump,
        Identity = target.IdentityFile,
        Attributes = target.Attributes,
    };

    private T Guard<T>(Func<RunResults, T> read)
    {
        try
        {
            return read(_results ??= RunResults.Read(_journal.Read(_journal.Find(Name))));
        }
        catch (JournalException failure)
        {
            throw new HostSourceException(Name, failure.Message, innerException: failure);
        }
    }
}
