using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Volley.Transfers.Pushing;
using Volley.Transfers.Sources;

namespace Volley;

/// <summary>A job that copies files and directories of this machine to every target.</summary>
/// <remarks>
/// The sources are read once for all targets. Each file is written to a temporary file beside its destination, which then replaces the destination
/// at once: a reader at the target sees the old file or the new one, and a push that is interrupted leaves the old one. Modes and times are kept.
/// <para>
/// Sources and destination may contain <c>{host}</c>, <c>{rank}</c> and <c>{NAME}</c> for an attribute of the target. A destination that is a
/// directory, or ends in <c>/</c>, receives the sources under their names; otherwise it is the new name of the only source.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var job = new PushJob(["app.conf", "certs"], "/etc/app/") { Backup = true };
/// job.CheckSources(plan.Targets);
/// </code>
/// </example>
public sealed record PushJob : Job
{
    // What CheckSources has read, for the first run after it. It is not a value of the job.
    private static readonly ConditionalWeakTable<PushJob, PushPlan> Checked = [];

    /// <summary>Creates a job.</summary>
    /// <param name="sources">The files and directories, at least one. A name without a file of that name may be a pattern with <c>*</c>, <c>?</c> and <c>[]</c>.</param>
    /// <param name="destination">The path at the targets; a relative one begins at the home directory.</param>
    /// <exception cref="ArgumentException">There is no source, or a path is empty or has a NUL.</exception>
    public PushJob(IEnumerable<string> sources, string destination)
    {
        Sources = Argument.Names([.. Argument.Texts(sources, nameof(sources))], nameof(sources));
        if (Sources.IsEmpty)
            throw new ArgumentException("there is no source", nameof(sources));
        Destination = Argument.Text(destination, nameof(destination));
    }

    /// <summary>The files and directories to copy.</summary>
    public ImmutableArray<string> Sources { get; }

    /// <summary>The path at the targets.</summary>
    public string Destination { get; }

    /// <summary>How files reach the targets. The default is <see cref="TransferMethod.Auto"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public TransferMethod Method { get; init => field = Argument.Defined(value, nameof(Method)); }

    /// <summary>The permissions of all files; null for those of the sources. Directories keep theirs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is above 07777.</exception>
    public UnixFileMode? Mode
    {
        get;
        init => field = value is { } mode && ((int)mode & ~0xFFF) != 0 ? throw new ArgumentOutOfRangeException(nameof(Mode), value, "at most 07777") : value;
    }

    /// <summary>The owner of everything that is copied, as <c>USER</c>, <c>USER:GROUP</c> or <c>:GROUP</c>, names or numbers; null for the login's user.</summary>
    /// <exception cref="ArgumentException">The value has no user and no group, or a NUL.</exception>
    public string? Owner { get; init => field = value is null ? null : CheckOwner(value, nameof(Owner)); }

    /// <summary>Whether missing directories of the destination are created.</summary>
    public bool MakeDirectories { get; init; }

    /// <summary>Whether a file that is replaced is kept as <c>NAME~</c>.</summary>
    public bool Backup { get; init; }

    /// <summary>Whether each file is written to the disk of the target before it replaces the old one.</summary>
    public bool Synchronize { get; init; }

    /// <summary>Whether the SHA-256 of each file is compared with that of the source before it replaces the old one.</summary>
    public bool Verify { get; init; }

    /// <summary>
    /// Whether modes and times are kept, which is the default. Otherwise a new file or directory has the mode of its source less the umask at the
    /// target, a file that is replaced keeps its mode, and times are those of the copy. A synchronization always keeps them.
    /// </summary>
    public bool PreserveAttributes { get; init; } = true;

    /// <summary>Whether symbolic links below a source directory are followed, so that the files and directories that they lead to are copied.</summary>
    public bool FollowLinks { get; init; }

    /// <summary>Whether files of which an interrupted push has left a part are continued, after a check of that part.</summary>
    public bool Resume { get; init; }

    /// <summary>The largest number of bytes a second for all targets together; null for no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public long? Rate { get; init => field = Argument.Positive(value, nameof(Rate)); }

    /// <summary>The largest number of bytes a second for each target; null for no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public long? TargetRate { get; init => field = Argument.Positive(value, nameof(TargetRate)); }

    /// <summary>
    /// Patterns of paths below a source directory that are left out: <c>*</c> and <c>?</c> match within a name, a name <c>**</c> any number of
    /// directories. One without a slash matches at each depth, one that ends in a slash only directories.
    /// </summary>
    /// <exception cref="ArgumentException">A pattern is null or empty, or no path can match it.</exception>
    public ImmutableArray<string> ExcludedPaths
    {
        get;
        init => field = CheckPatterns(Argument.Names(value, nameof(ExcludedPaths)));
    } = [];

    /// <summary>Copies only what differs, for a job with one source; null to copy everything.</summary>
    public SyncOptions? Sync { get; init; }

    /// <summary>
    /// Reads the names and attributes of the sources before a run, which then uses them. Without this call the run reads them at its beginning, and
    /// a source that can't be read fails every target.
    /// </summary>
    /// <param name="targets">The targets of the plan.</param>
    /// <returns>Paths that are not copied, because they are sockets, pipes or devices.</returns>
    /// <exception cref="ArgumentException">A placeholder is unknown or has no value at a target, two sources have the same name, or a synchronization has several sources, keeps no attributes, or deletes and has an empty one.</exception>
    /// <exception cref="IOException">A source does not exist or can't be read.</exception>
    public IReadOnlyList<string> CheckSources(IEnumerable<Target> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var plan = PushPlan.Read(this, [.. targets]);
        Checked.AddOrUpdate(this, plan);
        return plan.Skipped;
    }

    /// <summary>Returns what an earlier check has read, once; otherwise reads the sources.</summary>
    internal PushPlan TakePlan(ImmutableArray<Target> targets)
    {
        if (!Checked.TryGetValue(this, out var plan) || !plan.Covers(targets))
            return PushPlan.Read(this, targets);
        Checked.Remove(this);
        return plan;
    }

    private static ImmutableArray<string> CheckPatterns(ImmutableArray<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            if (PathPattern.FindFault(pattern) is { } fault)
                throw new ArgumentException($"the pattern '{pattern}' of excluded paths: {fault}");
        }

        return patterns;
    }

    private static string CheckOwner(string owner, string name)
    {
        var parts = Argument.WithoutNul(owner, name).Split(':');
        return parts.Length <= 2 && parts.Any(part => part.Length > 0) && !parts.Any(part => part.StartsWith('-'))
            ? owner
            : throw new ArgumentException("an owner is USER, USER:GROUP or :GROUP", name);
    }
}
