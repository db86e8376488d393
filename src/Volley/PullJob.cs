using System.Collections.Immutable;
using Volley.Transfers;
using Volley.Transfers.Pulling;

namespace Volley;

/// <summary>A job that copies files and directories from every target to this machine, or reads them, over SFTP.</summary>
/// <remarks>
/// <para>
/// A source is a path at the target. Relative paths and <c>~</c> begin at the user's home directory. <c>*</c>, <c>?</c> and <c>[…]</c> are expanded at
/// the target as a shell does it, and a backslash takes their meaning away. A directory is copied with all that it contains. A symbolic link that is
/// named as a source is followed; one within a directory is copied as a link. Devices, pipes and sockets are skipped with a line on
/// <see cref="StreamKind.Stderr"/>.
/// </para>
/// <para>
/// Sources and the destination can contain <c>{host}</c>, <c>{rank}</c> and the names of the target's attributes in braces; <c>{{</c> and <c>}}</c>
/// stand for braces. Without such a placeholder in the destination, each target has a directory of its own in it, with the target's label as its
/// name. <c>{name}</c> in the last part of the destination stands for the name of the source, and makes that part the name of the copy:
/// <c>logs/{name}.{host}</c>.
/// </para>
/// <para>
/// Whatever a server sends, nothing is written outside of the destination or through a symbolic link in it. Each file is written to a temporary file
/// beside it, and renamed once it is complete, so a copy that is interrupted leaves the old file. Times and permissions are kept, except for the
/// set-user-ID, set-group-ID and sticky bits; the copies belong to the current user.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var plan = new RunPlan(HostList.Parse("web[1-8]"), new PullJob(["/etc/nginx", "/var/log/nginx/*.log"], "collected"));
/// </code>
/// </example>
public sealed record PullJob : Job
{
    /// <summary>Creates a job.</summary>
    /// <param name="sources">The files and directories at the target, at least one.</param>
    /// <param name="destination">The local directory, which is created if it does not exist, or a pattern for the place of each target.</param>
    /// <exception cref="ArgumentException">There is no source, a text is empty or has a NUL, or a placeholder is invalid.</exception>
    public PullJob(IEnumerable<string> sources, string destination)
    {
        Sources = GetSources(sources);
        Destination = Argument.Text(destination, nameof(destination));
        SourceTemplates = [.. Sources.Select(PathTemplate.Parse)];
        Places = new PullPlaces(destination);
    }

    /// <summary>
    /// Creates a job that writes nothing: each file is a <see cref="NodeFile"/>, followed by its content as output. <see cref="RunPlan.MaxOutput"/>
    /// limits the content of a target. A file that does not exist is no failure; a symbolic link in a directory has its target as content.
    /// </summary>
    /// <param name="sources">The files and directories at the target, at least one.</param>
    /// <exception cref="ArgumentException">There is no source, a text is empty or has a NUL, or a placeholder is invalid.</exception>
    public PullJob(IEnumerable<string> sources)
    {
        Sources = GetSources(sources);
        SourceTemplates = [.. Sources.Select(PathTemplate.Parse)];
    }

    /// <summary>The files and directories at the target.</summary>
    public ImmutableArray<string> Sources { get; }

    /// <summary>The local directory, or the pattern for the place of each target; null if nothing is written.</summary>
    public string? Destination { get; }

    /// <summary>
    /// How files are read. The default is <see cref="TransferMethod.Auto"/>. A shell reads neither directories nor files above 1 MiB; it neither verifies
    /// nor resumes, and a job that writes nothing needs SFTP.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public TransferMethod Method { get; init => field = Argument.Defined(value, nameof(Method)); }

    /// <summary>Whether the SHA-256 of each copy is compared with that of the file before it replaces an old copy.</summary>
    public bool Verify { get; init; }

    /// <summary>
    /// Whether permissions and times are kept, which is the default. Otherwise a new file or directory has the permissions of its source less the umask, a
    /// file that is replaced keeps its own, and times are those of the copy.
    /// </summary>
    public bool PreserveAttributes { get; init; } = true;

    /// <summary>Whether symbolic links within a directory are followed, so that the files and directories that they lead to are copied.</summary>
    public bool FollowLinks { get; init; }

    /// <summary>Whether a source that is a directory is refused.</summary>
    public bool FilesOnly { get; init; }

    /// <summary>Whether files of which an interrupted run has left a part are continued, after a check of that part.</summary>
    public bool Resume { get; init; }

    /// <summary>The largest number of bytes a second for all targets together; null for no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public long? Rate { get; init => field = Argument.Positive(value, nameof(Rate)); }

    /// <summary>The largest number of bytes a second for each target; null for no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public long? TargetRate { get; init => field = Argument.Positive(value, nameof(TargetRate)); }

    internal ImmutableArray<PathTemplate> SourceTemplates { get; }

    /// <summary>The local places; null if nothing is written.</summary>
    internal PullPlaces? Places { get; }

    /// <summary>
    /// Creates the destination directory and checks that a file can be created in it. A run does this, too: call it before, to fail before any target
    /// is contacted.
    /// </summary>
    /// <exception cref="IOException">The directory can't be created or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be created.</exception>
    public void PrepareDestination() => Places?.Prepare();

    /// <summary>Checks that each target has a place of its own, and the attributes that the paths name.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    internal void CheckTargets(ImmutableArray<Target> targets)
    {
        Places?.ForTargets(targets);
        foreach (var template in SourceTemplates.Where(template => template.HasPlaceholders))
        {
            foreach (var target in targets)
                template.Expand(target);
        }
    }

    private static ImmutableArray<string> GetSources(IEnumerable<string> sources)
    {
        var all = Argument.Names(Argument.Texts(sources, nameof(sources)), nameof(sources));
        return all.IsEmpty ? throw new ArgumentException("there is no source", nameof(sources)) : all;
    }
}
