using System.Globalization;
using System.Text;
using Volley.Execution;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transfers.Pulling;

/// <summary>A pull from one target without SFTP: a shell at the target prints each file.</summary>
/// <param name="job">The job.</param>
/// <param name="node">The node.</param>
/// <param name="session">The session.</param>
/// <param name="rates">The limits of the rate.</param>
/// <param name="report">Receives progress and failures.</param>
internal sealed class ShellPull(PullJob job, Node node, ISession session, IReadOnlyList<RateLimit> rates, PullReport report)
{
    private const int MaxLength = 1 << 20;
    private const int IsSpecial = 3;

    /// <summary>The length that files of /sys state, whatever they contain.</summary>
    private const int PageLength = 4096;

    // $1 is a pattern. Without a separator of fields its expansion is not split.
    private const string ListScript = """
        case $1 in -*) p=./$1;; *) p=$1;; esac
        IFS=
        for f in $p; do if [ -e "$f" ] || [ -L "$f" ]; then printf '%s\0' "$f"; fi; done
        """;

    // $1 is a path. The first line has the length, the mode, and the times of the last write and access. The last one changes by reading.
    private const string ReadScript = """
        fail() { echo "$1" >&2; exit 1; }
        attributes() { stat -L -c '%s %a %Y %X' -- "$f" 2>/dev/null || stat -L -f '%z %Lp %m %a' -- "$f" 2>/dev/null; }
        case $1 in -*) f=./$1;; *) f=$1;; esac
        [ -e "$f" ] || fail "no such file or directory"
        [ ! -d "$f" ] || fail "directories need SFTP"
        [ -f "$f" ] || exit 3
        [ -r "$f" ] || fail "permission denied"
        a=$(attributes) || fail "the host has no program that tells the attributes of a file (stat)"
        [ "${a%% *}" -le 1048576 ] || fail "files above 1 MiB need SFTP"
        echo "$a"
        cat <"$f" || fail "the file can't be read"
        b=$(attributes)
        [ "${a% *}" = "${b% *}" ] || fail "the file changed while it was read"
        """;

    /// <summary>Returns why the job can't be done through a shell; null if it can.</summary>
    public static string? GetLimitation(PullJob job) =>
        job.Places is null ? "a comparison needs SFTP" : job.Verify || job.Resume ? "verification and resuming need SFTP" : null;

    /// <summary>Copies the files.</summary>
    /// <param name="place">The place of the copies.</param>
    /// <exception cref="LocalFailure">The destination can't be written.</exception>
    /// <exception cref="TransportException">The connection is lost.</exception>
    public async Task RunAsync(PullPlace place)
    {
        var files = await FindAsync(place).ConfigureAwait(false);
        if (files.Count == 0)
            return;
        using var directory = LocalFailure.Guard(place.Path, place.Open);
        IncomingFile.RemoveOld(directory, node.Run.Time.GetUtcNow());
        foreach (var (name, path, isNamed) in files)
            await CopyAsync(path, isNamed, new LocalPlace(directory, place.Path, name)).ConfigureAwait(false);
    }

    /// <summary>Finds the files that the sources name, each with the name of its copy, and whether the user named it itself.</summary>
    private async Task<List<(string Name, string Path, bool IsNamed)>> FindAsync(PullPlace place)
    {
        var found = new List<(string, string, bool)>();
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in job.SourceTemplates.Select(template => template.Expand(node.Target)))
        {
            var path = source is "~" ? "." : source.StartsWith("~/", StringComparison.Ordinal) ? source[2..].TrimStart('/') : source;
            var isPattern = ShellPattern.HasWildcard(path);
            string[] matches = isPattern ? await ListAsync(path).ConfigureAwait(false) : [ShellPattern.Unescape(path)];
            if (path.StartsWith('~'))
                await report.FailAsync(source, "the home directory of another user needs SFTP").ConfigureAwait(false);
            else if (matches.Length == 0)
                await report.FailAsync(source, "no file matches").ConfigureAwait(false);
            else
                foreach (var match in matches)
                    await AddAsync(match, !isPattern).ConfigureAwait(false);
        }

        report.Progress.TotalFiles = found.Count;
        return found;

        async ValueTask AddAsync(string path, bool isNamed)
        {
            var name = place.GetName(RemoteSources.GetName(path));
            if (name.Length == 0)
                await report.FailAsync(path, "directories need SFTP").ConfigureAwait(false);
            else if (paths.GetValueOrDefault(name) is { } earlier && RemotePath.AreSame(earlier, path))
                return;
            else if (!paths.TryAdd(name, path))
                await report.FailAsync(path, $"its copy would have the same name as that of {PullReport.Display(paths[name])}").ConfigureAwait(false);
            else
                found.Add((name, path, isNamed));
        }
    }

    private async Task<string[]> ListAsync(string pattern)
    {
        try
        {
            var (_, output, _) = await RunAsync(ListScript, pattern).ConfigureAwait(false);
            return SystemText.Decode(output).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException tooLong)
        {
            await report.FailAsync(pattern, tooLong.Message).ConfigureAwait(false);
            return [];
        }
    }

    private async Task CopyAsync(string path, bool isNamed, LocalPlace place)
    {
        report.Progress.Begin(path);
        ExitStatus status;
        byte[] output;
        string error;
        try
        {
            (status, output, error) = await RunAsync(ReadScript, path).ConfigureAwait(false);
        }
        catch (IOException tooLong)
        {
            await report.FailAsync(path, tooLong.Message).ConfigureAwait(false);
            return;
        }

        if (status.ExitCode == IsSpecial && !isNamed)
            await report.SkipAsync(path).ConfigureAwait(false);
        else if (status.ExitCode == IsSpecial)
            await report.FailAsync(path, PullReport.SpecialFile).ConfigureAwait(false);
        else if (status.ExitCode != 0)
            await report.FailAsync(path, error.Length > 0 ? error.Split('\n')[^1] : "the shell of the host has failed").ConfigureAwait(false);
        else if (Parse(output) is not var (attributes, content))
            await report.FailAsync(path, "the shell of the host prints something else than the file").ConfigureAwait(false);
        else
            await WriteAsync(path, attributes, content, place).ConfigureAwait(false);
    }

    private async Task WriteAsync(string path, SftpAttributes attributes, ReadOnlyMemory<byte> content, LocalPlace place)
    {
        try
        {
            LocalFailure.Guard(place.Path, () =>
            {
                using var incoming = IncomingFile.Create(place.Directory, place.Name);
                incoming.Append(content.Span);
                incoming.Complete(attributes, job.PreserveAttributes);
            });
        }
        catch (LocalFailure failure) when (!failure.IsGeneral)
        {
            await report.FailAsync(path, failure.Reason).ConfigureAwait(false);
            return;
        }

        await report.Progress.AddAsync(content.Length).ConfigureAwait(false);
        await report.Progress.CompleteAsync().ConfigureAwait(false);
    }

    private Task<(ExitStatus Status, byte[] Output, string Error)> RunAsync(string script, string argument) =>
        RemoteCommand.ReadAsync(session, CommandJob.Program("sh", "-c", script, "sh", argument), null, node.Deadline.Token, rates);

    /// <summary>Splits the output into the attributes and the content; null if it is something else.</summary>
    private static (SftpAttributes Attributes, ReadOnlyMemory<byte> Content)? Parse(byte[] output)
    {
        var end = output.AsSpan().IndexOf((byte)'\n');
        if (end < 0)
            return null;
        var fields = Encoding.ASCII.GetString(output, 0, end).Split(' ');
        var content = output.AsMemory(end + 1);
        if (fields.Length != 4 || !TryParse(fields[0], out var length) || content.Length > MaxLength
            || (length is not (0 or PageLength) && content.Length != length)
            || fields[1].Length > 5 || fields[1].Any(digit => digit is < '0' or > '7')
            || !TryParse(fields[2], out var written) || !TryParse(fields[3], out var accessed))
            return null;
        return (new SftpAttributes
        {
            Permissions = (UnixFileMode)Convert.ToInt32(fields[1], 8),
            ModifiedTime = DateTimeOffset.FromUnixTimeSeconds(written),
            AccessTime = DateTimeOffset.FromUnixTimeSeconds(accessed),
        }, content);
    }

    private static bool TryParse(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number is > -(1L << 35) and < 1L << 37;
}
