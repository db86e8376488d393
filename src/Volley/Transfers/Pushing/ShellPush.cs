using System.Collections.Immutable;
using System.Globalization;
using Volley.Execution;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>A push to one target without SFTP: a shell at the target reads each file from its standard input.</summary>
/// <param name="job">The job.</param>
/// <param name="node">The target.</param>
/// <param name="session">The session.</param>
/// <param name="plan">The sources.</param>
/// <param name="limits">What all targets share.</param>
internal sealed class ShellPush(PushJob job, Node node, ISession session, PushPlan plan, PushLimits limits)
{
    private const long MaxLength = 1 << 20;

    // $1 DEST, $2 the name of the source, $3 whether DEST must be a directory, $4 the random part of the temporary name, $5 length, $6 mode,
    // $7 time, $8 owner, $9 what else is to be done. noclobber opens the file exclusively. A long name is cut to 234 bytes, which 58
    // characters can't exceed, because the temporary name is longer.
    private const string Script = """
        u=$(umask)
        fail() { echo "$1" >&2; [ -n "$t" ] && rm -f -- "$t"; exit 1; }
        t= d=$1
        case $d in -*) d=./$d;; esac
        case $9 in *m*) if [ "$3" = 1 ]; then mkdir -p -- "$d"; else mkdir -p -- "$(dirname -- "$d")"; fi || fail "the directory can't be created";; esac
        if [ "$3" = 1 ] && [ ! -d "$d" ]; then mkdir -- "$d" || fail "the directory can't be created"; fi
        umask 077
        if [ -d "$d" ]; then d=${d%/}/$2; fi
        [ ! -d "$d" ] || fail "a directory is in the place of the file"
        b=${d##*/}
        if [ ${#b} -gt 58 ]; then b=$(printf %s "$b" | dd bs=234 count=1 2>/dev/null); fi
        case $d in */*) t=${d%/*}/.$b.volley-$4;; *) t=.$b.volley-$4;; esac
        case $t in */*) [ -d "${t%/*}" ] || { t=; fail "no such directory"; };; esac
        trap 'rm -f -- "$t"; exit 1' HUP INT TERM
        (set -C; cat >"$t") || fail "the file can't be written"
        [ "$(wc -c <"$t")" -eq "$5" ] || fail "the file is not complete"
        if [ -n "$8" ]; then chown -- "$8" "$t" || fail "the owner can't be changed"; fi
        m=$6 n=
        case $9 in
        *n*) if [ -f "$d" ] && [ ! -L "$d" ]; then m=$(stat -c %a -- "$d"); else m=$(printf %o $((0$6 & 0777 & ~0$u))); fi;;
        *) touch -d "@$7" "$t" || n=1;;
        esac
        chmod "$m" "$t" && [ -z "$n" ] || fail "the attributes can't be changed"
        case $9 in *s*) sync "$t" 2>/dev/null || sync;; esac
        case $9 in *b*) if [ -e "$d" ]; then [ ! -d "$d~" ] || fail "a directory is in the place of the backup"; cp -p -- "$d" "$d~" || fail "the backup can't be written"; fi;; esac
        mv -f -- "$t" "$d" || fail "the file can't be renamed"
        """;

    private readonly TransferProgress _progress = node.Transfer!;
    private readonly RateLimit[] _rates = [.. new[] { limits.Rate, limits.NewTargetRate() }.OfType<RateLimit>()];

    /// <summary>Returns why the sources can't go through a shell; null if they can.</summary>
    public static string? GetLimitation(PushJob job, ImmutableArray<LocalTree> trees)
    {
        if (job.Sync is not null)
            return "a synchronization needs SFTP";
        if (trees.Any(tree => tree.Root.Kind == LocalEntryKind.Directory))
            return "directories need SFTP";
        if (trees.FirstOrDefault(tree => tree.Root.Length > MaxLength) is { } large)
            return $"files above 1 MiB need SFTP: {large.Path}";
        return job.Verify || job.Resume ? "verification and resuming need SFTP" : null;
    }

    /// <summary>Copies the files.</summary>
    /// <exception cref="IOException">A file can't be copied.</exception>
    /// <exception cref="TransportException">The connection is lost.</exception>
    public async Task RunAsync()
    {
        var trees = plan.GetTrees(node.Target);
        if (GetLimitation(job, trees) is { } limitation)
            throw new TransferException(trees[0].Path, limitation);
        _progress.TotalFiles = trees.Length;
        _progress.TotalBytes = trees.Sum(tree => tree.Root.Length);
        foreach (var tree in trees)
        {
            await CopyAsync(tree, trees.Length > 1, node.Deadline.Token).ConfigureAwait(false);
            await _progress.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(LocalTree tree, bool isOneOfSeveral, CancellationToken cancellationToken)
    {
        var entry = tree.Root;
        var destination = GetPath(plan.GetDestination(node.Target));
        var isDirectory = isOneOfSeveral || destination.EndsWith('/');
        var extras = $"{(job.MakeDirectories ? "m" : "")}{(job.Synchronize ? "s" : "")}{(job.Backup ? "b" : "")}{(job.PreserveAttributes ? "" : "n")}";
        var temporary = RemotePath.CreateTemporary("x");
        var command = CommandJob.Program(
            "sh", "-c", Script, "sh", destination, tree.Name, isDirectory ? "1" : "0", temporary[^12..], entry.Length.ToString(CultureInfo.InvariantCulture),
            Convert.ToString((int)(job.Mode ?? entry.Permissions), 8), entry.WriteTime.Seconds.ToString(CultureInfo.InvariantCulture), job.Owner ?? "", extras);
        _progress.Begin(entry.Path);
        using var source = limits.Source.Open(entry);
        var (status, _, error) = await RemoteCommand.RunAsync(
            session, command with { Input = StandardInput.FromStream(Stream.Null) }, Read(source), cancellationToken, _rates).ConfigureAwait(false);
        if (status.ExitCode != 0)
            throw GetFailure(destination, GetReason(error));
        await _progress.AddAsync(entry.Length).ConfigureAwait(false);
    }

    private static TransferException GetFailure(string destination, string reason) =>
        reason == "no such directory" ? TransferException.NoDirectory(RemotePath.GetDirectory(destination)) : new(destination, reason);

    /// <summary>Returns the reason that the script prints last, with that of the system before it, whose line names the temporary file.</summary>
    private static string GetReason(string error)
    {
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length < 2)
            return lines is [var only] ? only : "the shell of the host has failed";
        var cause = lines[^2][(lines[^2].LastIndexOf(": ", StringComparison.Ordinal) + 1)..].Trim();
        return cause.Length == 0 || cause == lines[^2] || cause.Contains(".volley-", StringComparison.Ordinal)
            ? lines[^1]
            : $"{lines[^1]}: {char.ToLowerInvariant(cause[0])}{cause[1..]}";
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Read(SourceFile source)
    {
        for (long offset = 0; offset < source.Entry.Length;)
        {
            using var block = source.Rent(offset, source.GetBlockLength(offset, source.Entry.Length));
            yield return block.Data;
            offset += block.Count;
        }
    }

    // The shell starts in the home directory, as an SFTP server does.
    private static string GetPath(string path) => path is "~" or "~/" ? "./" : path.StartsWith("~/", StringComparison.Ordinal) ? path[2..] : path;
}
