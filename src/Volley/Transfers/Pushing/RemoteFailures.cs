using Volley.Ssh;

namespace Volley.Transfers.Pushing;

/// <summary>Finds the reasons of failures at one target for which SFTP has no status: the file system tells.</summary>
/// <param name="client">The SFTP client.</param>
internal sealed class RemoteFailures(SftpClient client)
{
    /// <summary>Where less is free, a write has failed for lack of space.</summary>
    private const int LittleSpace = 1 << 20;

    /// <summary>Returns the failure of an operation that writes data or creates a name.</summary>
    public Task<Exception> ExplainWriteAsync(string path, SftpException failure, CancellationToken cancellationToken) =>
        ExplainAsync(path, failure, takesSpace: true, cancellationToken);

    /// <summary>Returns the failure of an operation that takes no space, such as a deletion.</summary>
    public Task<Exception> ExplainChangeAsync(string path, SftpException failure, CancellationToken cancellationToken) =>
        ExplainAsync(path, failure, takesSpace: false, cancellationToken);

    /// <summary>Returns what is known of the file system of a directory; null if the server does not tell.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async Task<SftpFileSystem?> FindFileSystemAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetFileSystemAsync(directory.Length == 0 ? "." : directory, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            return null;
        }
    }

    private async Task<Exception> ExplainAsync(string path, SftpException failure, bool takesSpace, CancellationToken cancellationToken)
    {
        if (failure.Status != SftpStatus.Failure
            || await FindFileSystemAsync(RemotePath.GetDirectory(path), cancellationToken).ConfigureAwait(false) is not { } fileSystem)
            return TransferException.At(path, failure);
        if (fileSystem.IsReadOnly)
            return new TransferException(path, "read-only file system", failure);
        if (!takesSpace)
            return TransferException.At(path, failure);
        if (fileSystem.TotalBytes > 0 && fileSystem.AvailableBytes < LittleSpace)
            return new TransferException(path, "no space left on the file system", failure);
        if (fileSystem.AvailableFiles == 0 && fileSystem.TotalBytes > 0)
            return new TransferException(path, "no room for another file on the file system", failure);
        return new TransferException(path, $"{failure.Reason}; a disk quota may be exhausted", failure);
    }
}
