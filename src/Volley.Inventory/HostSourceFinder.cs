using System.Collections.ObjectModel;

namespace Volley.Inventory;

/// <summary>Finds the sources of one kind when they are first needed, such as those of ClusterShell's configuration.</summary>
/// <param name="kind">The kind, by which the sources can be switched off.</param>
/// <param name="find">Finds the sources. It may throw <see cref="HostSourceException"/>.</param>
public sealed class HostSourceFinder(string kind, Func<CancellationToken, ValueTask<FoundSources>> find)
{
    /// <summary>Creates a finder for a source that is always there.</summary>
    /// <param name="source">The source.</param>
    public HostSourceFinder(IHostSource source) : this(
        (source ?? throw new ArgumentNullException(nameof(source))).Name, _ => ValueTask.FromResult(new FoundSources([source], null)))
    {
    }

    /// <summary>The kind of the sources: <c>cluster</c>, <c>clustershell</c>, <c>genders</c>, <c>dsh</c>, <c>ansible</c>, <c>slurm</c>, <c>ssh</c>,
    /// <c>backendai</c> or <c>netgroup</c>.</summary>
    public string Kind { get; } = kind;

    internal ValueTask<FoundSources> FindAsync(CancellationToken cancellationToken) => find(cancellationToken);
}

/// <summary>The sources of one kind.</summary>
/// <param name="Sources">The sources, in the order in which a group is looked up.</param>
/// <param name="DefaultSource">The name of the source that the configuration makes the default, or null for none.</param>
public sealed record FoundSources(IReadOnlyList<IHostSource> Sources, string? DefaultSource)
{
    /// <summary>The failures of files that could not be read, beside those of the sources that were found.</summary>
    public IReadOnlyList<HostSourceException> Failures { get; init; } = [];

    /// <summary>The names of sources of this kind that are not there, each with the reason and what to do, as in <c>sinfo is not on PATH; install it</c>.</summary>
    public IReadOnlyDictionary<string, string> Missing { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Whether the kind is switched off.</summary>
    public bool IsDisabled { get; init; }
}
