using Volley.Interop.Files;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transfers.Pulling;

/// <summary>Finds the files that the sources of a pull name at one target.</summary>
/// <param name="sftp">The client.</param>
internal sealed class RemoteSources(SftpClient sftp)
{
    /// <summary>The largest number of files that one pattern may match, against endless listings.</summary>
    private const int MaxMatches = 1_000_000;

    /// <summary>Returns the paths that a source names: itself, or the files that match it, in order.</summary>
    /// <exception cref="SftpException">A directory can't be read, or nothing has this name or matches the pattern.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(string source, CancellationToken cancellationToken)
    {
        var path = await ExpandHomeAsync(source, cancellationToken).ConfigureAwait(false);
        if (!ShellPattern.HasWildcard(path))
            return [ShellPattern.Unescape(path)];
        List<string> found = [path.StartsWith('/') ? "/" : ""];
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < names.Length; i++)
        {
            if (!ShellPattern.HasWildcard(names[i]))
            {
                var name = ShellPattern.Unescape(names[i]);
                found = found.ConvertAll(directory => RemotePath.Join(directory, name));
                // Behind a wildcard, only some of the directories need to have the name.
                if (i > 0 && i == names.Length - 1)
                    found = await ExistingAsync(found, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var matches = new List<string>();
            foreach (var directory in found)
                await AddMatchesAsync(directory, names[i], isFirst: i == 0 || found.Count == 1, matches, cancellationToken).ConfigureAwait(false);
            found = matches;
        }

        if (found.Count > 0)
            return found;
        // As in a shell, a pattern that matches nothing stands for itself.
        return await ExistingAsync([path], cancellationToken).ConfigureAwait(false) is [_] itself
            ? itself
            : throw new SftpException(SftpStatus.NoSuchFile, "no file matches", source);
    }

    /// <summary>Returns the last name of a path; empty if it has none that a copy can have, such as <c>/</c> and <c>..</c>.</summary>
    public static string GetName(string path)
    {
        var name = RemotePath.GetName(RemotePath.TrimEnd(path));
        return OpenDirectory.IsName(name) ? name : "";
    }

    private async Task AddMatchesAsync(string directory, string pattern, bool isFirst, List<string> matches, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        try
        {
            await foreach (var entry in sftp.ListAsync(directory.Length == 0 ? "." : directory, cancellationToken).ConfigureAwait(false))
            {
                if (!ShellPattern.Matches(entry.Name, pattern))
                    continue;
                if (matches.Count + names.Count >= MaxMatches)
                    throw new SftpException(SftpStatus.Failure, $"more than {MaxMatches:N0} files match {pattern}", directory);
                names.Add(entry.Name);
            }
        }
        catch (SftpException failure) when (!isFirst && failure.Status is SftpStatus.NoSuchFile or SftpStatus.PermissionDenied or SftpStatus.Failure)
        {
            // A file, or a directory that can't be read: nothing in it matches.
        }
        catch (SftpException failure) when (failure.Status == SftpStatus.NoSuchFile)
        {
            return;
        }

        names.Sort(StringComparer.Ordinal);
        matches.AddRange(names.Select(name => RemotePath.Join(directory, name)));
    }

    private async Task<List<string>> ExistingAsync(List<string> paths, CancellationToken cancellationToken)
    {
        var existing = new List<string>();
        foreach (var path in paths)
        {
            try
            {
                await sftp.GetLinkAttributesAsync(path, cancellationToken).ConfigureAwait(false);
                existing.Add(path);
            }
            catch (SftpException failure) when (failure.Status is SftpStatus.NoSuchFile or SftpStatus.PermissionDenied or SftpStatus.Failure)
            {
                // It does not match.
            }
        }

        return existing;
    }

    /// <summary>Replaces <c>~</c> and <c>~user</c>. Other relative paths begin at the home directory anyway, where the server starts.</summary>
    private async Task<string> ExpandHomeAsync(string source, CancellationToken cancellationToken)
    {
        if (!source.StartsWith('~'))
            return source;
        var end = source.IndexOf('/', StringComparison.Ordinal);
        var (home, rest) = end < 0 ? (source, "") : (source[..end], source[(end + 1)..].TrimStart('/'));
        if (home == "~")
            return rest.Length == 0 ? "." : rest;
        var directory = await sftp.ExpandPathAsync(home, cancellationToken).ConfigureAwait(false);
        return RemotePath.Join(directory, rest);
    }
}
