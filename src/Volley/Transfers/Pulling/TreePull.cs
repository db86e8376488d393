using System.Globalization;
using Volley.Interop.Files;
using Volley.Ssh;

namespace Volley.Transfers.Pulling;

/// <summary>Copies directories of one target with all that they contain.</summary>
/// <param name="job">The job.</param>
/// <param name="sftp">The client.</param>
/// <param name="files">Copies the files.</param>
/// <param name="report">Receives failures.</param>
/// <param name="time">The clock.</param>
/// <param name="cancellationToken">Ends all copies.</param>
internal sealed class TreePull(PullJob job, SftpClient sftp, FilePull files, PullReport report, TimeProvider time, CancellationToken cancellationToken)
{
    // Against endless trees of a hostile server: each bounds memory or descriptors.
    private const int MaxDepth = 256;
    private const int MaxEntries = 1_000_000;
    private const int MaxAllEntries = 20_000_000;

    private const int MaxDirectories = 8;
    private const UnixFileMode PermissionBits = (UnixFileMode)0x1ff; // 0777

    private int _concurrent = MaxDirectories - 1;
    private int _entries;

    /// <summary>Copies a directory that is a source.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="place">The place of the copy; the directory itself for a name that is empty.</param>
    /// <exception cref="OperationCanceledException">The copies were ended.</exception>
    public Task CopyAsync(string path, SftpAttributes attributes, LocalPlace place) => place.Name.Length == 0
        ? CopyContentAsync(path, place.Directory, place.DirectoryPath, depth: 0)
        : CopyAsync(path, attributes, place, depth: 0);

    private async Task CopyAsync(string path, SftpAttributes attributes, LocalPlace place, int depth)
    {
        try
        {
            var isNew = place.Directory.GetStatus(place.Name) is not { IsDirectory: true };
            using var directory = LocalFailure.Guard(
                place.Path, () => place.Directory.MakeChild(place.Name, (attributes.Permissions ?? UnixFileMode.None) & PermissionBits));
            await CopyContentAsync(path, directory, place.Path, depth).ConfigureAwait(false);
            LocalFailure.Guard(place.Path, () =>
            {
                if (!job.PreserveAttributes)
                {
                    if (isNew && attributes.Permissions is { } usual)
                        directory.SetMode(usual & PermissionBits & ~CreationMask.Current);
                    return;
                }

                if (attributes is { AccessTime: { } accessed, ModifiedTime: { } modified })
                    directory.SetTimes(accessed, modified);
                if (attributes.Permissions is { } permissions)
                    directory.SetMode(permissions & PermissionBits);
            });
        }
        catch (LocalFailure failure) when (!failure.IsGeneral)
        {
            await report.FailAsync(failure.Path, failure.Reason).ConfigureAwait(false);
        }
    }

    /// <summary>Returns whether another directory may be copied beside the others; its copy then ends with an increment of the counter.</summary>
    private bool TryTakeTurn()
    {
        if (Interlocked.Decrement(ref _concurrent) >= 0)
            return true;
        Interlocked.Increment(ref _concurrent);
        return false;
    }

    private async Task CopyContentAsync(string path, OpenDirectory directory, string localPath, int depth)
    {
        var tasks = new List<Task>();
        try
        {
            IncomingFile.RemoveOld(directory, time.GetUtcNow());
            foreach (var (name, source) in await StartFilesAsync(path, directory, localPath, tasks).ConfigureAwait(false))
            {
                var place = new LocalPlace(directory, localPath, name);
                if (depth == MaxDepth)
                    await report.FailAsync(source.Path, string.Create(CultureInfo.InvariantCulture, $"more than {MaxDepth} directories deep"))
                        .ConfigureAwait(false);
                else if (TryTakeTurn())
                    Add(tasks, CopyConcurrentlyAsync(source, place, depth + 1));
                else
                    await CopyAsync(source.Path, source.Attributes, place, depth + 1).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            files.End(failure);
            throw;
        }
        finally
        {
            // They use the directory, and throw nothing.
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Lists a directory and starts to copy its files.</summary>
    /// <returns>The directories in it.</returns>
    private async Task<List<(string Name, RemoteFile Source)>> StartFilesAsync(string path, OpenDirectory directory, string localPath, List<Task> tasks)
    {
        var directories = new List<(string, RemoteFile)>();
        try
        {
            var count = 0;
            await foreach (var entry in sftp.ListAsync(path, cancellationToken).ConfigureAwait(false))
            {
                if (++count > MaxEntries || Interlocked.Increment(ref _entries) > MaxAllEntries)
                    throw new SftpException(SftpStatus.Failure, string.Create(CultureInfo.InvariantCulture, $"more than {count - 1:N0} files"), path);
                var source = new RemoteFile(RemotePath.Join(path, entry.Name), entry.Attributes);
                // A server need not state the type of an entry.
                if (entry.Attributes.Permissions is null && await FindAttributesAsync(source.Path).ConfigureAwait(false) is { } attributes)
                    source = source with { Attributes = attributes };
                if (job.FollowLinks && source.Attributes.IsSymbolicLink)
                {
                    if (await FollowAsync(source.Path).ConfigureAwait(false) is not { } followed)
                        continue;
                    source = source with { Attributes = followed };
                }

                if (source.Attributes.IsDirectory)
                    directories.Add((entry.Name, source));
                else
                    Add(tasks, await StartAsync(source, new LocalPlace(directory, localPath, entry.Name)).ConfigureAwait(false));
            }
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            await report.FailAsync(path, failure.Reason).ConfigureAwait(false);
        }
        finally
        {
            report.AddUnlisted(directories.Count - 1);
        }

        return directories;
    }

    /// <summary>Returns the attributes of what a symbolic link leads to; null if it leads nowhere, or to a directory that contains it.</summary>
    private async Task<SftpAttributes?> FollowAsync(string path)
    {
        try
        {
            var attributes = await sftp.GetAttributesAsync(path, cancellationToken).ConfigureAwait(false);
            if (!attributes.IsDirectory)
                return attributes;
            var target = await sftp.GetRealPathAsync(path, cancellationToken).ConfigureAwait(false);
            // The directories on the path may be links themselves.
            for (var parent = path; parent is not ("" or "/" or ".");)
            {
                parent = RemotePath.GetDirectory(parent);
                var real = await sftp.GetRealPathAsync(parent.Length == 0 ? "." : parent, cancellationToken).ConfigureAwait(false);
                if (target == "/" || real == target || real.StartsWith($"{target}/", StringComparison.Ordinal))
                    throw new SftpException(SftpStatus.Failure, "the link leads to a directory that contains it", path);
            }

            return attributes;
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            await report.FailAsync(path, failure.Reason).ConfigureAwait(false);
            return null;
        }
    }

    private async Task<SftpAttributes?> FindAttributesAsync(string path)
    {
        try
        {
            return await sftp.GetLinkAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            return null;
        }
    }

    /// <summary>Starts to copy an entry that is no directory.</summary>
    private async ValueTask<Task> StartAsync(RemoteFile source, LocalPlace place)
    {
        if (source.Attributes is { IsRegularFile: false, IsSymbolicLink: false })
        {
            await report.SkipAsync(source.Path).ConfigureAwait(false);
            return Task.CompletedTask;
        }

        report.AddFile(source.Length);
        return source.Attributes.IsRegularFile
            ? await files.StartAsync(source, place).ConfigureAwait(false)
            : await files.StartLinkAsync(source, place).ConfigureAwait(false);
    }

    /// <summary>Copies a directory beside others. Throws nothing: a failure ends all copies.</summary>
    private async Task CopyConcurrentlyAsync(RemoteFile source, LocalPlace place, int depth)
    {
        try
        {
            await CopyAsync(source.Path, source.Attributes, place, depth).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The caller sees that the copies were ended.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            files.End(failure);
        }
        finally
        {
            Interlocked.Increment(ref _concurrent);
        }
    }

    private static void Add(List<Task> tasks, Task task)
    {
        const int ManyTasks = 256;
        if (task.IsCompleted)
            return;
        if (tasks.Count >= ManyTasks)
            tasks.RemoveAll(other => other.IsCompleted);
        tasks.Add(task);
    }
}
