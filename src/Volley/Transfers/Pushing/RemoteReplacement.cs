using Volley.Ssh;

namespace Volley.Transfers.Pushing;

/// <summary>Gives temporary files their names at one target, and keeps the old files as backups.</summary>
/// <param name="client">The SFTP client.</param>
/// <param name="temporaries">The temporary files of the push.</param>
/// <param name="keepsBackups">Whether replaced files are kept as <c>NAME~</c>.</param>
internal sealed class RemoteReplacement(SftpClient client, TemporaryFiles temporaries, bool keepsBackups)
{
    private readonly bool _replaces = client.Extensions.ContainsKey("posix-rename@openssh.com");

    /// <summary>Renames a temporary file to its final path, at once with the removal of an old file if the server offers that.</summary>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    /// <exception cref="TransferException">A directory is in its place.</exception>
    public async Task ReplaceAsync(string temporary, string path, CancellationToken cancellationToken)
    {
        if (keepsBackups)
            await BackUpAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            await RenameAsync(temporary, path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (failure.Status == SftpStatus.Failure)
        {
            if (await FindAsync(path, cancellationToken).ConfigureAwait(false) is { IsDirectory: true })
                throw new TransferException(path, "a directory is in the place of the file", failure);
            throw;
        }

        temporaries.Forget(temporary);
    }

    /// <summary>Keeps the old file under a second name. It stays in its place until it is replaced.</summary>
    private async Task BackUpAsync(string path, CancellationToken cancellationToken)
    {
        if (await FindAsync(path, cancellationToken).ConfigureAwait(false) is not { IsDirectory: false })
            return;
        var link = temporaries.Reserve(path);
        try
        {
            await client.CreateHardLinkAsync(path, link, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            // The server or its file system has no hard links.
            temporaries.Forget(link);
            await RenameToBackupAsync(path, path, cancellationToken).ConfigureAwait(false);
            return;
        }

        await RenameToBackupAsync(link, path, cancellationToken).ConfigureAwait(false);
        // If the backup was the same file already, rename(2) has left both names.
        await DeleteAsync(link, cancellationToken).ConfigureAwait(false);
        temporaries.Forget(link);
    }

    private async Task RenameToBackupAsync(string from, string path, CancellationToken cancellationToken)
    {
        var backup = $"{path}~";
        try
        {
            await RenameAsync(from, backup, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            if (await FindAsync(backup, cancellationToken).ConfigureAwait(false) is { IsDirectory: true })
                throw new TransferException(backup, "a directory is in the place of the backup", failure);
            throw TransferException.At(backup, failure);
        }
    }

    private async Task RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        if (_replaces)
        {
            await client.ReplaceAsync(from, to, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await client.RenameAsync(from, to, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (failure.Status == SftpStatus.Failure)
        {
            // Without the extension a server does not replace files.
            if (await FindAsync(to, cancellationToken).ConfigureAwait(false) is not { IsDirectory: false })
                throw;
            await client.DeleteFileAsync(to, cancellationToken).ConfigureAwait(false);
            await client.RenameAsync(from, to, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteFileAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (failure.Status == SftpStatus.NoSuchFile)
        {
            // The usual case: it was renamed.
        }
    }

    private async Task<SftpAttributes?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetLinkAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            return null;
        }
    }
}
