using Volley.Ssh;
using Volley.Transfers.Pushing;

namespace Volley.Transfers.Syncing;

/// <summary>Deletes at one target what the source does not have.</summary>
/// <param name="client">The SFTP client.</param>
/// <param name="root">The destination.</param>
/// <param name="failures">Finds the reasons of failures.</param>
/// <param name="progress">Counts what is deleted.</param>
internal sealed class Deletion(SftpClient client, string root, RemoteFailures failures, TransferProgress progress)
{
    private const int RequestsAtOnce = 64;

    /// <summary>Deletes files, and then directories, the deepest first.</summary>
    /// <param name="deleted">The relative paths, with whether they are directories.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">Something can't be deleted.</exception>
    public async Task RunAsync(IReadOnlyList<(string Path, bool IsDirectory)> deleted, CancellationToken cancellationToken)
    {
        await DeleteAllAsync(deleted.Where(entry => !entry.IsDirectory), client.DeleteFileAsync).ConfigureAwait(false);
        foreach (var level in deleted.Where(entry => entry.IsDirectory).GroupBy(entry => entry.Path.Count('/')).OrderByDescending(level => level.Key))
            await DeleteAllAsync(level, client.DeleteDirectoryAsync).ConfigureAwait(false);

        Task DeleteAllAsync(IEnumerable<(string Path, bool IsDirectory)> entries, Func<string, CancellationToken, Task> delete) => Parallel.ForEachAsync(
            entries,
            new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = cancellationToken },
            (entry, canceled) => DeleteAsync(RemotePath.Join(root, entry.Path), delete, canceled));
    }

    private async ValueTask DeleteAsync(string path, Func<string, CancellationToken, Task> delete, CancellationToken cancellationToken)
    {
        try
        {
            await delete(path, cancellationToken).ConfigureAwait(false);
            progress.CountDeleted();
        }
        catch (SftpException failure) when (failure.Status == SftpStatus.NoSuchFile)
        {
            // It has gone since the comparison.
        }
        catch (SftpException failure)
        {
            throw await failures.ExplainChangeAsync(path, failure, cancellationToken).ConfigureAwait(false);
        }
    }
}
