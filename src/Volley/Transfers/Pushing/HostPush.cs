using System.Collections.Immutable;
using Volley.Execution;
using Volley.Ssh;
using Volley.Transfers.Deltas;
using Volley.Transfers.Sources;
using Volley.Transfers.Syncing;

namespace Volley.Transfers.Pushing;

/// <summary>A push to one target over SFTP.</summary>
/// <param name="job">The job.</param>
/// <param name="node">The target.</param>
/// <param name="session">The session, for programs at the target.</param>
/// <param name="client">The SFTP client.</param>
/// <param name="plan">The sources.</param>
/// <param name="limits">What all targets share.</param>
internal sealed class HostPush(PushJob job, Node node, ISession session, SftpClient client, PushPlan plan, PushLimits limits)
{
    /// <summary>A copy smaller than this is not worth the question for the free space.</summary>
    private const long LargeCopy = 1 << 20;

    /// <summary>The longest time by which a file system's clock is behind.</summary>
    private static readonly TimeSpan ClockStep = TimeSpan.FromMilliseconds(20);

    // Files that are verified together, so that the target starts its program less often.
    private const int VerifiedFiles = 1000;
    private const long VerifiedBytes = 1L << 30;

    private readonly TemporaryFiles _temporaries = new(client, node.Run.Time);
    private readonly TransferProgress _progress = node.Transfer!;
    private readonly ImmutableArray<LocalTree> _trees = plan.GetTrees(node.Target);
    private readonly RemoteHashes _hashes = new(session, client);
    private readonly RemoteFailures _failures = new(client);
    private TreeDifference? _difference;

    /// <summary>Copies everything. After a failure it removes its temporary files.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="IOException">A file can't be copied.</exception>
    /// <exception cref="OperationCanceledException">The deadline of the node has fired.</exception>
    public async Task RunAsync()
    {
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(node.Deadline.Token);
        try
        {
            await CopyAsync(failing.Token).ConfigureAwait(false);
        }
        catch
        {
            await failing.CancelAsync().ConfigureAwait(false);
            await CleanAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task CopyAsync(CancellationToken cancellationToken)
    {
        var owner = job.Owner is { } name ? await OwnerLookup.FindAsync(name, session, cancellationToken).ConfigureAwait(false) : null;
        var attributes = new RemoteAttributes(job, owner, _temporaries, client);
        var path = plan.GetDestination(node.Target);
        var destination = job.Sync is null
            ? await Destination.FindAsync(client, _failures, path, _trees, job.MakeDirectories, cancellationToken).ConfigureAwait(false)
            : await Destination.FindForSyncAsync(client, _failures, path, _trees[0], job.MakeDirectories && !job.Sync.ListsChanges, cancellationToken)
                .ConfigureAwait(false);
        if (job.Sync is { } sync)
        {
            _difference = await CompareAsync(sync, destination, owner, cancellationToken).ConfigureAwait(false);
            if (sync.ListsChanges)
                await PrintAsync(_difference).ConfigureAwait(false);
            if (_difference.Excess is { } excess)
                throw excess;
            if (sync.ListsChanges)
                return;
            await WaitForNextSecondAsync(cancellationToken).ConfigureAwait(false);
        }

        _progress.TotalBytes = GetFiles().Sum(file => file.Entry.Length);
        _progress.TotalFiles = GetFiles().Count();
        await CheckSpaceAsync(destination, cancellationToken).ConfigureAwait(false);
        var deletion = new Deletion(client, destination.Directory, _failures, _progress);
        if (_difference is { Replaced: { Count: > 0 } replaced })
            await deletion.RunAsync(replaced, cancellationToken).ConfigureAwait(false);
        var directories = new RemoteDirectories(client, destination, _trees, _difference, _failures);
        await directories.CreateAsync(cancellationToken).ConfigureAwait(false);
        var finding = _temporaries.FindOldAsync(directories.Existing, cancellationToken);
        try
        {
            if (job.Resume)
                await finding.ConfigureAwait(false);
            await CopyFilesAsync(destination, attributes, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await finding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _temporaries.RemoveOldAsync(cancellationToken).ConfigureAwait(false);
        if (_difference is not null)
            await ChangeAttributesAsync(_difference, destination, attributes, cancellationToken).ConfigureAwait(false);
        if (_difference is { Deleted: { Count: > 0 } deleted })
            await deletion.RunAsync(deleted, cancellationToken).ConfigureAwait(false);
        await directories.CompleteAsync(attributes, cancellationToken).ConfigureAwait(false);
        if (job.Synchronize)
            await SynchronizeAsync(destination, cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyFilesAsync(Destination destination, RemoteAttributes attributes, CancellationToken cancellationToken)
    {
        var replacement = new RemoteReplacement(client, _temporaries, job.Backup);
        var deltas = _difference is { OldLengths: { Count: > 0 } lengths }
            ? new DeltaCopy(client, new RemoteBlocks(session), lengths, limits, _progress)
            : null;
        var copy = new FileCopy(job, client, _temporaries, attributes, new Upload(limits, _progress), limits.Source, _hashes, deltas, _progress);
        var options = new ParallelOptions { MaxDegreeOfParallelism = limits.FilesAtOnce, CancellationToken = cancellationToken };
        if (!job.Verify)
        {
            await Parallel.ForEachAsync(GetFiles(), options, async (file, token) =>
            {
                var path = destination.GetPath(file.Tree, file.Entry);
                await FinishAsync(path, await CopyAsync(path, file.Entry, token).ConfigureAwait(false), token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return;
        }

        foreach (var part in GetParts())
        {
            var written = new string?[part.Count];
            await Parallel.ForEachAsync(Enumerable.Range(0, part.Count), options, async (i, token) =>
                written[i] = await CopyAsync(destination.GetPath(part[i].Tree, part[i].Entry), part[i].Entry, token).ConfigureAwait(false))
                    .ConfigureAwait(false);
            await copy.VerifyAsync(
                [.. part.Select((file, i) => (file.Entry, written[i]!, destination.GetPath(file.Tree, file.Entry)))
                    .Where(file => file.Entry.Kind == LocalEntryKind.File)],
                cancellationToken).ConfigureAwait(false);
            await Parallel.ForEachAsync(Enumerable.Range(0, part.Count), options, async (i, token) =>
                await FinishAsync(destination.GetPath(part[i].Tree, part[i].Entry), written[i]!, token).ConfigureAwait(false)).ConfigureAwait(false);
        }

        async Task<string> CopyAsync(string path, LocalEntry entry, CancellationToken token)
        {
            try
            {
                return entry.Kind == LocalEntryKind.Link
                    ? await copy.LinkAsync(entry, path, token).ConfigureAwait(false)
                    : await copy.WriteAsync(entry, path, token).ConfigureAwait(false);
            }
            catch (SftpException failure)
            {
                throw await _failures.ExplainWriteAsync(path, failure, token).ConfigureAwait(false);
            }
        }

        async Task FinishAsync(string path, string temporary, CancellationToken token)
        {
            try
            {
                await replacement.ReplaceAsync(temporary, path, token).ConfigureAwait(false);
            }
            catch (SftpException failure)
            {
                throw await _failures.ExplainChangeAsync(path, failure, token).ConfigureAwait(false);
            }

            await _progress.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task<TreeDifference> CompareAsync(SyncOptions sync, Destination destination, OwnerLookup? owner, CancellationToken cancellationToken)
    {
        if (sync.Delete && _trees[0].Root.Kind == LocalEntryKind.Directory)
            await ProtectedDirectories.CheckAsync(client, destination.Directory, cancellationToken).ConfigureAwait(false);
        var comparison = new TreeComparison(job, _trees[0], destination, client, _hashes, limits.Source, owner);
        return await comparison.RunAsync(_temporaries, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until no copied file was written in the current second. The target keeps whole seconds, so that a later write in the same second would
    /// look like the copy; an earlier one is found by the check after the read.
    /// </summary>
    private async Task WaitForNextSecondAsync(CancellationToken cancellationToken)
    {
        var now = _temporaries.LocalTime;
        var second = now.ToUnixTimeSeconds();
        if (GetFiles().Any(file => file.Entry is { Content: null, Kind: LocalEntryKind.File } entry && entry.WriteTime.Seconds == second))
            await Task.Delay(DateTimeOffset.FromUnixTimeSeconds(second + 1) + ClockStep - now, node.Run.Time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Prints the changes as the output of the target.</summary>
    private async Task PrintAsync(TreeDifference difference)
    {
        var lines = difference.GetLines(_trees[0]);
        if (lines.Length == 0)
            return;
        node.Count(StreamKind.Stdout, lines.Length);
        await node.Run.Events.AddAsync(new NodeOutput(node.Target, StreamKind.Stdout, lines)).ConfigureAwait(false);
    }

    private async Task ChangeAttributesAsync(
        TreeDifference difference, Destination destination, RemoteAttributes attributes, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = limits.FilesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(difference.Changed.Where(entry => entry.Kind == LocalEntryKind.File), options, async (entry, token) =>
        {
            var path = destination.GetPath(_trees[0], entry);
            try
            {
                await client.SetAttributesAsync(path, await attributes.GetForFileAsync(entry, path, token).ConfigureAwait(false), token).ConfigureAwait(false);
            }
            catch (SftpException failure) when (attributes.FindOwnerFailure(path, failure) is { } refused)
            {
                throw refused;
            }
            catch (SftpException failure)
            {
                throw await _failures.ExplainChangeAsync(path, failure, token).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Checks that the files fit: all of them, without what they replace.</summary>
    private async Task CheckSpaceAsync(Destination destination, CancellationToken cancellationToken)
    {
        var directory = destination.Directory;
        if (_progress.TotalBytes < LargeCopy
            || await _failures.FindFileSystemAsync(directory, cancellationToken).ConfigureAwait(false) is not { TotalBytes: > 0 } fileSystem)
            return;
        if (fileSystem.IsReadOnly)
            throw new TransferException(directory, "read-only file system");
        var free = fileSystem.AvailableBytes;
        var largest = GetFiles().MaxBy(file => file.Entry.DataLength);
        if ((ulong)largest.Entry.DataLength > free)
            throw new TransferException(destination.GetPath(largest.Tree, largest.Entry),
                $"not enough space: it has {largest.Entry.DataLength:N0} bytes, and {free:N0} are free");
        var all = GetFiles().Sum(file => file.Entry.DataLength);
        // Parts of an earlier run are continued, and take space already.
        if ((ulong)all <= free || job.Resume)
            return;
        var replaced = job.Backup ? 0 : await CountReplacedAsync(destination, cancellationToken).ConfigureAwait(false);
        if (all - replaced > (long)free)
            throw new TransferException(directory, $"not enough space: {_progress.TotalFiles:N0} files need {all - replaced:N0} bytes, and {free:N0} are free");
    }

    /// <summary>Returns the number of bytes of the files that are replaced.</summary>
    private async Task<long> CountReplacedAsync(Destination destination, CancellationToken cancellationToken)
    {
        long bytes = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = limits.FilesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(GetFiles(), options, async (file, token) =>
        {
            try
            {
                var there = await client.GetLinkAttributesAsync(destination.GetPath(file.Tree, file.Entry), token).ConfigureAwait(false);
                if (there is { IsRegularFile: true, Size: { } size })
                    Interlocked.Add(ref bytes, size);
            }
            catch (SftpException failure) when (!failure.IsConnectionLost)
            {
                // It is new.
            }
        }).ConfigureAwait(false);
        return bytes;
    }

    /// <summary>Writes the names of the files to the disk: OpenSSH's server can open a directory as a file.</summary>
    private async Task SynchronizeAsync(Destination destination, CancellationToken cancellationToken)
    {
        var directories = GetFiles().Select(file => RemotePath.GetDirectory(destination.GetPath(file.Tree, file.Entry))).ToHashSet();
        foreach (var directory in directories)
        {
            try
            {
                var file = await client.OpenAsync(
                    directory.Length == 0 ? "." : directory, FileMode.Open, FileAccess.Read, cancellationToken: cancellationToken).ConfigureAwait(false);
                await using var closing = file.ConfigureAwait(false);
                await file.SynchronizeAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException failure)
            {
                throw TransferException.At(directory, failure);
            }
        }
    }

    private async Task CleanAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(node.Run.Control.Hurry);
        limit.CancelAfter(node.Plan.StopGrace);
        await _temporaries.RemoveAsync(limit.Token).ConfigureAwait(false);
    }

    private IEnumerable<(LocalTree Tree, LocalEntry Entry)> GetFiles() =>
        from tree in _trees
        from entry in tree.Entries
        where entry.Kind != LocalEntryKind.Directory && (_difference?.Copied.Contains(entry) ?? true)
        select (tree, entry);

    private IEnumerable<List<(LocalTree Tree, LocalEntry Entry)>> GetParts()
    {
        var part = new List<(LocalTree, LocalEntry)>();
        long bytes = 0;
        foreach (var file in GetFiles())
        {
            part.Add(file);
            bytes += file.Entry.Length;
            if (part.Count < VerifiedFiles && bytes < VerifiedBytes)
                continue;
            yield return part;
            part = [];
            bytes = 0;
        }

        if (part.Count > 0)
            yield return part;
    }
}
