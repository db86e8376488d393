using Volley.Ssh;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>The attributes that copies get at one target.</summary>
/// <param name="job">The job.</param>
/// <param name="owner">The owner; null for the login's user.</param>
/// <param name="temporaries">Know the time of the server.</param>
/// <param name="client">The SFTP client.</param>
internal sealed class RemoteAttributes(PushJob job, OwnerLookup? owner, TemporaryFiles temporaries, SftpClient client)
{
    // Without the set-user-ID bit: the new content is not what it was set for.
    private const UnixFileMode AllPermissions = (UnixFileMode)0x1ff; // 0777

    private readonly RemoteMask _mask = new(client, temporaries);

    /// <summary>Returns the attributes of a file that was created.</summary>
    /// <param name="entry">The source.</param>
    /// <param name="path">Its final path.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    public async ValueTask<SftpAttributes> GetAsync(LocalEntry entry, string path, SftpFile file, CancellationToken cancellationToken)
    {
        var attributes = await WithOwnerAsync(entry, () => file.GetAttributesAsync(cancellationToken)).ConfigureAwait(false);
        if (!job.PreserveAttributes)
            return attributes with { Permissions = job.Mode ?? await GetModeAsync(entry, path, cancellationToken).ConfigureAwait(false) };
        return attributes with
        {
            Permissions = job.Mode ?? entry.Permissions,
            AccessTime = await temporaries.GetServerTimeAsync().ConfigureAwait(false),
        };
    }

    /// <summary>Returns the attributes of a file whose content stays.</summary>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    public async ValueTask<SftpAttributes> GetForFileAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        var attributes = await WithOwnerAsync(entry, () => client.GetAttributesAsync(path, cancellationToken)).ConfigureAwait(false);
        return attributes with { Permissions = job.Mode ?? entry.Permissions };
    }

    /// <summary>Returns the attributes of a new symbolic link.</summary>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    public async ValueTask<SftpAttributes> GetForLinkAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        var attributes = await WithOwnerAsync(entry, () => client.GetLinkAttributesAsync(path, cancellationToken)).ConfigureAwait(false);
        // The time of access keeps other runs from taking it for one that was left behind.
        return attributes with { Permissions = null, AccessTime = temporaries.LocalTime };
    }

    /// <summary>Returns the attributes of a directory.</summary>
    /// <param name="entry">The source.</param>
    /// <param name="path">Its path.</param>
    /// <param name="isNew">Whether the push has created it.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    public async ValueTask<SftpAttributes> GetForDirectoryAsync(LocalEntry entry, string path, bool isNew, CancellationToken cancellationToken)
    {
        var attributes = await WithOwnerAsync(entry, () => client.GetAttributesAsync(path, cancellationToken)).ConfigureAwait(false);
        return job.PreserveAttributes
            ? attributes
            : attributes with { Permissions = isNew ? await _mask.ApplyAsync(entry.Permissions, path, cancellationToken).ConfigureAwait(false) : null };
    }

    /// <summary>Returns the failure to set attributes if the cause is the owner, which only root can change; null for any other.</summary>
    public TransferException? FindOwnerFailure(string path, SftpException failure) => owner is not null && failure.Status == SftpStatus.PermissionDenied
        ? new(path, $"the {(owner.UserId is null ? "group" : "owner")} can't be changed: {failure.Reason}", failure)
        : null;

    /// <summary>Returns the mode of a file whose attributes are not kept: that of the file which it replaces, or else the usual one of a new file.</summary>
    private async ValueTask<UnixFileMode> GetModeAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        try
        {
            if (await client.GetLinkAttributesAsync(path, cancellationToken).ConfigureAwait(false) is { IsRegularFile: true, Permissions: { } current })
                return current & AllPermissions;
        }
        catch (SftpException missing) when (!missing.IsConnectionLost)
        {
            // The file is new.
        }

        return await _mask.ApplyAsync(entry.Permissions, path, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<SftpAttributes> WithOwnerAsync(LocalEntry entry, Func<Task<SftpAttributes>> getCurrent)
    {
        var (user, group) = (owner?.UserId, owner?.GroupId);
        if (user is null != group is null)
        {
            // SFTP changes both at once.
            var current = await getCurrent().ConfigureAwait(false);
            (user, group) = (user ?? current.UserId, group ?? current.GroupId);
        }

        return new()
        {
            Permissions = entry.Permissions,
            ModifiedTime = job.PreserveAttributes ? entry.ModifiedTime : null,
            AccessTime = job.PreserveAttributes ? entry.ModifiedTime : null,
            UserId = user,
            GroupId = group,
        };
    }
}
