using Volley.Interop.Waiting;
using Volley.Ssh;

namespace Volley.Transfers.Syncing;

/// <summary>Deletes at one target what the source does not have.</summary>
internal static class Deletion
{
    private const int RequestsAtOnce = 64;

    /// <summary>Deletes files, and then directories, the deepest first.</summary>
    /// <param name="client">The SFTP client.</param>
    /// <param name="root">The destination.</param>
    /// <param name="deleted">The relative paths, with whether they are directories.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">Something can't be deleted.</exception>
    public static async Task RunAsync(
        SftpClient client, string root, IReadOnlyList<(string Path, bool IsDirectory)> deleted, CancellationToken cancellationToken)
    {
        var gate = new AsyncGate(RequestsAtOnce);
        await Task.WhenAll(deleted.Where(entry => !entry.IsDirectory).Select(entry => DeleteAsync(entry.Path, client.DeleteFileAsync))).ConfigureAwait(false);
        foreach (var level in deleted.Where(entry => entry.IsDirectory).GroupBy(entry => entry.Path.Count('/')).OrderByDescending(level => level.Key))
            await Task.WhenAll(level.Select(entry => DeleteAsync(entry.Path, client.DeleteDirectoryAsync))).ConfigureAwait(false);

        async Task DeleteAsync(string name, Func<string, CancellationToken, Task> delete)
        {
            var path = RemotePath.Join(root, name);
            await gate.EnterAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await delete(path, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException failure) when (failure.Status == SftpStatus.NoSuchFile)
            {
                // It has gone since the comparison.
            }
            catch (SftpException failure)
            {
                throw TransferException.At(path, failure);
            }
            finally
            {
                gate.Leave();
            }
        }
    }
}
