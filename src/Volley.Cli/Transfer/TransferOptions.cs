using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Interop.Text;

namespace Volley.Cli.Transfer;

/// <summary>The options for copying files.</summary>
internal sealed class TransferOptions() : OptionGroup("Copying files (push, sync, pull)")
{
    private static readonly RunVerb[] Pushing = [RunVerb.Push, RunVerb.Sync];
    private static readonly RunVerb[] Copying = [.. Pushing, RunVerb.Pull];
    private static readonly RunVerb[] PushingAndPulling = [RunVerb.Push, RunVerb.Pull];
    private static readonly RunVerb[] Syncing = [RunVerb.Sync];
    private static readonly string[] Methods = ["auto", "sftp", "shell"];

    public readonly Option<UnixFileMode?> Mode = new(ReadMode, "--mode")
    {
        ValueName = "MODE",
        Help = "permissions of all files, in octal; directories keep theirs",
        Default = "those of the sources",
        Verbs = Pushing,
    };
    public readonly Option<string> Owner = new(ReadOwner, "--owner")
    {
        ValueName = "USER[:GROUP]",
        Help = "owner of everything that is copied, or :GROUP; names or numbers",
        Default = "the login's user",
        Verbs = Pushing,
    };
    public readonly Flag MakeDirectories = new("--mkdir") { Help = "create missing directories of the destination", Verbs = Pushing };
    public readonly Flag Backup = new("--backup") { Help = "keep a file that is replaced as NAME~", Verbs = Pushing };
    public readonly ListOption ExcludedPaths = new(Values.Text, "--exclude-path")
    {
        ValueName = "PATTERN",
        Help = "leave out paths below a source: '*.o', 'cache/', '/logs/**'",
        Verbs = Pushing,
    };
    public readonly Flag FollowLinks = new("--follow-links")
    {
        Help = "copy what symbolic links below a source lead to, not the links",
        Verbs = PushingAndPulling,
    };
    public readonly Flag NoPreserve = new("--no-preserve")
    {
        Help = "do not keep modes and times: new files are made with the umask",
        Verbs = PushingAndPulling,
    };
    public readonly Flag Synchronize = new("--fsync") { Help = "write each file to the host's disk before it replaces the old one", Verbs = Pushing };
    public readonly Flag Verify = new("--verify") { Help = "compare the SHA-256 of each file before it replaces the old one", Verbs = Copying };
    public readonly Flag Resume = new("--resume") { Help = "continue large files that an interrupted copy left incomplete", Verbs = Copying };
    public readonly Option<long?> Rate = new(Values.Size, "--limit-rate")
    {
        ValueName = "SIZE",
        Help = "bytes a second for all hosts together: 10M; 0 for no limit",
        Default = "0",
        Verbs = Copying,
    };
    public readonly Option<long?> HostRate = new(Values.Size, "--limit-host-rate")
    {
        ValueName = "SIZE",
        Help = "bytes a second for each host",
        Default = "0",
        Verbs = Copying,
    };
    public readonly Option<string> Method = new(Values.OneOf(Methods), "--method")
    {
        ValueName = "NAME",
        Help = "sftp, shell for small files without SFTP, or auto for the first that the host offers",
        Default = "auto",
        Choices = Methods,
        Verbs = Copying,
    };

    public readonly Flag Checksum = new("--checksum") { Help = "compare files of the same size by SHA-256, not by their times", Verbs = Syncing };
    public readonly Flag WholeFile = new("--whole-file") { Help = "send large files whole, without the blocks of the host's old file", Verbs = Syncing };
    public readonly Flag Changes = new("--changes")
    {
        Help = "list what would be changed at each host; write nothing",
        HasVariable = false,
        IsConfigurable = false,
        Verbs = Syncing,
    };
    public readonly Flag Delete = new("--delete")
    {
        Help = "delete what the source does not have, last of all",
        HasVariable = false,
        IsConfigurable = false,
        Verbs = Syncing,
    };
    public readonly Option<int?> MaxDelete = new(Values.Number(0, int.MaxValue), "--max-delete")
    {
        ValueName = "N",
        Help = "leave a host untouched where more would be deleted",
        Default = "1000",
        HasVariable = false,
        Verbs = Syncing,
    };

    public override IReadOnlyList<Option> Options =>
    [
        Mode, Owner, MakeDirectories, Backup, ExcludedPaths, FollowLinks, NoPreserve, Synchronize, Verify, Resume, Rate, HostRate, Method,
        Checksum, WholeFile, Changes, Delete, MaxDelete,
    ];

    /// <summary>How files are copied.</summary>
    public TransferMethod MethodValue => Enum.Parse<TransferMethod>(Method.Value ?? "auto", ignoreCase: true);

    /// <summary>Creates the job of a push or a sync.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="paths">The sources and the destination.</param>
    /// <exception cref="UsageException">A path is missing or unexpected.</exception>
    public PushJob CreateJob(RunVerb verb, string[] paths)
    {
        var example = verb == RunVerb.Sync ? "volley sync -H HOSTS SOURCE DIRECTORY" : "volley push -H HOSTS FILE... DIRECTORY/";
        if (paths.Length < 2)
            throw new UsageException($"{verb.GetName()} needs {(paths.Length == 0 ? "a source and a destination" : "a destination")}: {example}");
        if (verb == RunVerb.Sync && paths.Length > 2)
            throw new UsageException($"sync takes one source and a destination: unexpected '{paths[2]}'");
        if (paths.Contains(""))
            throw new UsageException("a path is empty");
        CopyHabits.CheckPath(verb, paths[^1], isLocal: false);
        foreach (var source in paths[..^1])
            CopyHabits.CheckPath(verb, source, isLocal: true);
        if (!Delete.IsGiven)
            MaxDelete.DropDefault();
        if (MaxDelete.IsGiven && !Delete.IsGiven)
            throw new UsageException("--max-delete requires --delete");
        foreach (var pattern in ExcludedPaths.Values)
            CheckPattern(pattern);
        return new PushJob(paths[..^1], paths[^1])
        {
            Mode = Mode.Value,
            Owner = Owner.Value,
            MakeDirectories = MakeDirectories.IsGiven,
            Backup = Backup.IsGiven,
            ExcludedPaths = [.. ExcludedPaths.Values],
            FollowLinks = FollowLinks.IsGiven,
            PreserveAttributes = !NoPreserve.IsGiven,
            Synchronize = Synchronize.IsGiven,
            Verify = Verify.IsGiven,
            Resume = Resume.IsGiven,
            Rate = Rate.Value is > 0 and var all ? all : null,
            TargetRate = HostRate.Value is > 0 and var one ? one : null,
            Method = MethodValue,
            Sync = verb != RunVerb.Sync ? null : new SyncOptions
            {
                ByChecksum = Checksum.IsGiven,
                CopiesWholeFiles = WholeFile.IsGiven,
                ListsChanges = Changes.IsGiven,
                Delete = Delete.IsGiven,
                MaxDeletions = MaxDelete.Value ?? new SyncOptions().MaxDeletions,
            },
        };
    }

    /// <summary>Reads the sources of a push before any host is contacted.</summary>
    /// <param name="job">The job.</param>
    /// <param name="plan">The plan, with its targets.</param>
    /// <param name="note">Receives each line for standard error.</param>
    /// <exception cref="UsageException">A source can't be read, or a path is invalid for a target.</exception>
    public static void CheckSources(PushJob job, RunPlan plan, Action<string> note)
    {
        try
        {
            foreach (var skipped in job.CheckSources(plan.Targets))
                note($"volley: {SystemText.ToValid(skipped)}: a socket, a pipe or a device is not copied");
        }
        catch (Exception failure) when (failure is IOException or ArgumentException)
        {
            throw new UsageException(failure.Message);
        }
    }

    private static void CheckPattern(string pattern)
    {
        try
        {
            _ = new PushJob(["."], ".") { ExcludedPaths = [pattern] };
        }
        catch (ArgumentException invalid)
        {
            throw new UsageException($"--exclude-path: {invalid.Message}");
        }
    }

    private static UnixFileMode? ReadMode(string name, string text) =>
        text.Length is > 0 and <= 5 && text.All(digit => digit is >= '0' and <= '7') && Convert.ToInt32(text, 8) is <= 0xfff and var mode
            ? (UnixFileMode)mode
            : throw new UsageException($"{name} takes permissions in octal, such as 644 or 0755, not '{text}'");

    private static string ReadOwner(string name, string text)
    {
        var parts = text.Split(':');
        return parts.Length <= 2 && parts.Any(part => part.Length > 0) && parts.All(IsAccount)
            ? text
            : throw new UsageException($"{name} takes USER, USER:GROUP or :GROUP, not '{text}'");
    }

    private static bool IsAccount(string name) => !name.StartsWith('-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '$');
}
