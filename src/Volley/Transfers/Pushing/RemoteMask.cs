using Volley.Ssh;

namespace Volley.Transfers.Pushing;

/// <summary>The permissions that new files at one target don't get. SFTP has no request for the umask of a server, so a new file tells it.</summary>
/// <param name="client">The SFTP client.</param>
/// <param name="temporaries">Names the file.</param>
internal sealed class RemoteMask(SftpClient client, TemporaryFiles temporaries)
{
    private const UnixFileMode AllPermissions = (UnixFileMode)0x1ff; // 0777

    private readonly Lock _lock = new();
    private Task<UnixFileMode>? _mask;

    /// <summary>Returns a mode without the permissions of the mask, and without the set-user-ID, set-group-ID and sticky bits.</summary>
    /// <param name="mode">The mode of a source.</param>
    /// <param name="path">A path in a directory in which a file can be created.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    public async ValueTask<UnixFileMode> ApplyAsync(UnixFileMode mode, string path, CancellationToken cancellationToken)
    {
        Task<UnixFileMode> mask;
        lock (_lock)
            mask = _mask ??= ReadAsync(path, cancellationToken);
        return mode & AllPermissions & ~await mask.ConfigureAwait(false);
    }

    private async Task<UnixFileMode> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var temporary = temporaries.Reserve(path);
        var file = await client.OpenAsync(temporary, FileMode.CreateNew, FileAccess.Write, AllPermissions, cancellationToken).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
        {
            var attributes = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
            await client.DeleteFileAsync(temporary, cancellationToken).ConfigureAwait(false);
            temporaries.Forget(temporary);
            return AllPermissions & ~(attributes.Permissions ?? AllPermissions);
        }
    }
}
