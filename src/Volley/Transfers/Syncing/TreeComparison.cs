using Volley.Ssh;
using Volley.Transfers.Deltas;
using Volley.Transfers.Pushing;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Syncing;

/// <summary>Compares a source with its destination at one target.</summary>
/// <param name="job">The job.</param>
/// <param name="tree">The source.</param>
/// <param name="destination">Where it goes.</param>
/// <param name="client">The SFTP client.</param>
/// <param name="hashes">Hashes at the target.</param>
/// <param name="source">The content of the source.</param>
/// <param name="owner">The owner of the copies; null for the login's user, which is not compared.</param>
internal sealed class TreeComparison(
    PushJob job, LocalTree tree, Destination destination, SftpClient client, RemoteHashes hashes, SharedSource source, OwnerLookup? owner)
{
    /// <summary>How long ago a file must have changed for its time to tell whether it is the same.</summary>
    private static readonly TimeSpan RecentTime = TimeSpan.FromSeconds(2);

    private readonly SyncOptions _options = job.Sync!;
    private readonly PathPattern[] _excluded = [.. job.ExcludedPaths.Select(pattern => new PathPattern(pattern))];
    private readonly TreeDifference _difference = new();
    private DateTimeOffset _now;
    private readonly List<LocalEntry> _sameSize = [];
    private readonly HashSet<string> _inTheWay = [];

    /// <summary>Compares.</summary>
    /// <param name="temporaries">Receives the temporary files that are found.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">The destination can't be read, a directory is in the place of a file, or too much would be deleted.</exception>
    public async Task<TreeDifference> RunAsync(TemporaryFiles temporaries, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(temporaries, cancellationToken).ConfigureAwait(false);
        _now = temporaries.LocalTime;
        foreach (var entry in tree.Entries)
            await CompareAsync(entry, found.GetValueOrDefault(entry.RelativeName), cancellationToken).ConfigureAwait(false);
        if (_sameSize.Count > 0)
            await CompareContentAsync(found, cancellationToken).ConfigureAwait(false);
        if (_options.Delete && tree.Root.Kind == LocalEntryKind.Directory)
            AddDeletions(found);
        _difference.Complete();
        return _difference;
    }

    private async Task<Dictionary<string, SftpAttributes>> ReadAsync(TemporaryFiles temporaries, CancellationToken cancellationToken)
    {
        var path = destination.GetPath(tree, tree.Root);
        SftpAttributes root;
        try
        {
            root = await client.GetLinkAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException missing) when (missing.Status == SftpStatus.NoSuchFile)
        {
            return [];
        }
        catch (SftpException failure)
        {
            throw TransferException.At(path, failure);
        }

        if (tree.Root.Kind != LocalEntryKind.Directory || !root.IsDirectory)
            return new() { [""] = root };
        var known = tree.Entries.Where(entry => entry.Kind == LocalEntryKind.Directory).Select(entry => entry.RelativeName).ToHashSet();
        var remote = new RemoteTree(client, path, name => known.Contains(name) || (_options.Delete && !IsExcluded(name, true)), cancellationToken);
        await remote.ReadAsync().ConfigureAwait(false);
        temporaries.AddOld(remote.Temporaries);
        remote.Entries.Add("", root);
        return remote.Entries;
    }

    private async Task CompareAsync(LocalEntry entry, SftpAttributes? there, CancellationToken cancellationToken)
    {
        if (there is null)
        {
            _difference.New.Add(entry);
            _difference.Copied.Add(entry);
            return;
        }

        var path = destination.GetPath(tree, entry);
        if (there.IsDirectory != (entry.Kind == LocalEntryKind.Directory) && _options.Delete && entry != tree.Root)
        {
            _inTheWay.Add(entry.RelativeName);
            _difference.New.Add(entry);
            _difference.Copied.Add(entry);
            return;
        }

        if (there.IsDirectory != (entry.Kind == LocalEntryKind.Directory))
            throw new TransferException(path, there.IsDirectory ? "a directory is in the place of the file" : "a file is in the place of a directory");
        if (entry.Content is null && entry.DataLength >= DeltaCopy.MinLength
            && there is { IsRegularFile: true, Size: { } length } && !_options.CopiesWholeFiles)
            _difference.OldLengths.Add(entry, length);
        switch (entry.Kind)
        {
            case LocalEntryKind.Link:
                if (!there.IsSymbolicLink || await client.ReadLinkAsync(path, cancellationToken).ConfigureAwait(false) != entry.LinkTarget)
                    _difference.Copied.Add(entry);
                break;
            case LocalEntryKind.File when !there.IsRegularFile || there.Size != entry.Length:
                _difference.Copied.Add(entry);
                break;
            case LocalEntryKind.File when _options.ByChecksum:
                _sameSize.Add(entry);
                break;
            case LocalEntryKind.File when there.ModifiedTime != entry.ModifiedTime:
                _difference.Copied.Add(entry);
                break;
            // It may have changed twice within the second that the target keeps, once before it was copied and once after that.
            case LocalEntryKind.File when entry.ModifiedTime > _now - RecentTime && entry.ModifiedTime <= _now:
                _sameSize.Add(entry);
                break;
            default:
                CompareAttributes(entry, there);
                break;
        }
    }

    private void CompareAttributes(LocalEntry entry, SftpAttributes there)
    {
        var mode = entry.Kind == LocalEntryKind.File ? job.Mode ?? entry.Permissions : entry.Permissions;
        // The time of a directory changes with its content, and is set after that.
        if (there.Permissions != mode || (entry.Kind == LocalEntryKind.File && there.ModifiedTime != entry.ModifiedTime)
            || (owner?.UserId is { } user && user != there.UserId) || (owner?.GroupId is { } group && group != there.GroupId))
            _difference.Changed.Add(entry);
    }

    private async Task CompareContentAsync(Dictionary<string, SftpAttributes> found, CancellationToken cancellationToken)
    {
        var expected = new byte[_sameSize.Count][];
        // Both sides compute at the same time.
        var computing = hashes.HashAsync([.. _sameSize.Select(entry => destination.GetPath(tree, entry))], cancellationToken);
        try
        {
            for (var i = 0; i < expected.Length; i++)
                expected[i] = await source.HashAsync(_sameSize[i], _sameSize[i].Length).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ((Task)computing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var there = await computing.ConfigureAwait(false);
        for (var i = 0; i < expected.Length; i++)
        {
            var (entry, hash) = (_sameSize[i], there[i]);
            if (hash is null || !hash.AsSpan().SequenceEqual(expected[i]))
                _difference.Copied.Add(entry);
            else
                CompareAttributes(entry, found[entry.RelativeName]);
        }
    }

    private void AddDeletions(Dictionary<string, SftpAttributes> found)
    {
        // What is not copied from the source, such as a socket, is still there.
        var names = tree.Entries.Select(entry => entry.RelativeName)
            .Concat(tree.Skipped.Select(path => path[(tree.Path.TrimEnd('/').Length + 1)..])).ToHashSet();
        var kept = new HashSet<string>();
        foreach (var (path, attributes) in found)
        {
            if (path.Length == 0 || !IsExcluded(path, attributes.IsDirectory))
                continue;
            // A directory with something excluded below it stays, too.
            for (var name = path; name.Length > 0 && kept.Add(name); name = RemotePath.GetDirectory(name))
            {
            }
        }

        if (_inTheWay.FirstOrDefault(kept.Contains) is { } needed)
            throw new TransferException(
                RemotePath.Join(destination.GetPath(tree, tree.Root), needed), "a directory with excluded files is in the place of the file");
        foreach (var (path, attributes) in found)
        {
            if (_inTheWay.Contains(path) || (!names.Contains(path) && !kept.Contains(path)))
                (IsInTheWay(path) ? _difference.Replaced : _difference.Deleted).Add((path, attributes.IsDirectory));
        }

        var count = _difference.Deleted.Count + _difference.Replaced.Count;
        if (count > _options.MaxDeletions)
        {
            _difference.Excess = new TransferException(
                destination.GetPath(tree, tree.Root),
                $"{count:N0} files and directories would be deleted, and the limit is {_options.MaxDeletions:N0}; nothing was changed");
        }
    }

    private bool IsInTheWay(string path)
    {
        for (var name = path; name.Length > 0 && _inTheWay.Count > 0; name = RemotePath.GetDirectory(name))
        {
            if (_inTheWay.Contains(name))
                return true;
        }

        return false;
    }

    // Below an excluded directory everything is excluded: such directories are not read.
    private bool IsExcluded(string path, bool isDirectory) => Array.Exists(_excluded, pattern => pattern.IsMatch(path, isDirectory));
}
