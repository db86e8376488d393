using System.Collections.Frozen;
using Volley.Ssh.Sftp;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>Operations on names, and the start of the protocol.</content>
public sealed partial class SftpClient
{
    /// <summary>Creates a directory. Its parent must exist.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="permissions">The permissions, limited by the server's umask; null for the server's default.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task CreateDirectoryAsync(string path, UnixFileMode? permissions = null, CancellationToken cancellationToken = default)
    {
        var message = Begin(SftpNumber.MakeDirectory, path);
        new SftpAttributes { Permissions = permissions }.Write(ref message);
        return SendForStatusAsync(message.Finish(), path, cancellationToken);
    }

    /// <summary>Deletes an empty directory.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task DeleteDirectoryAsync(string path, CancellationToken cancellationToken = default) =>
        SendForStatusAsync(Begin(SftpNumber.RemoveDirectory, path).Finish(), path, cancellationToken);

    /// <summary>Deletes a file or a symbolic link, not a directory.</summary>
    /// <inheritdoc cref="DeleteDirectoryAsync"/>
    public Task DeleteFileAsync(string path, CancellationToken cancellationToken = default) =>
        SendForStatusAsync(Begin(SftpNumber.Remove, path).Finish(), path, cancellationToken);

    /// <summary>Renames a file or directory, and replaces an existing file at once as rename(2) does (posix-rename@openssh.com).</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="newPath">The new remote path, on the same file system.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task ReplaceAsync(string path, string newPath, CancellationToken cancellationToken = default)
    {
        Checked(newPath);
        var message = BeginExtendedWithPath(SftpExtension.PosixRename, path);
        message.WriteText(newPath);
        return SendForStatusAsync(message.Finish(), newPath, cancellationToken);
    }

    /// <summary>Renames a file or directory. Fails if the new path exists.</summary>
    /// <inheritdoc cref="ReplaceAsync"/>
    public Task RenameAsync(string path, string newPath, CancellationToken cancellationToken = default)
    {
        Checked(newPath);
        var message = Begin(SftpNumber.Rename, path);
        message.WriteText(newPath);
        return SendForStatusAsync(message.Finish(), newPath, cancellationToken);
    }

    /// <summary>Creates a symbolic link.</summary>
    /// <param name="path">The remote path of the link.</param>
    /// <param name="target">The text of the link. It need not exist.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task CreateSymbolicLinkAsync(string path, string target, CancellationToken cancellationToken = default)
    {
        Checked(path);
        // OpenSSH expects the target first, in contrast to the draft, and every other server follows it (its PROTOCOL file, section 4.1).
        var message = Begin(SftpNumber.SymbolicLink, target);
        message.WriteText(path);
        return SendForStatusAsync(message.Finish(), path, cancellationToken);
    }

    /// <summary>Creates a hard link (hardlink@openssh.com).</summary>
    /// <param name="path">The remote path of the existing file.</param>
    /// <param name="newPath">The remote path of the link.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task CreateHardLinkAsync(string path, string newPath, CancellationToken cancellationToken = default)
    {
        Checked(newPath);
        var message = BeginExtendedWithPath(SftpExtension.HardLink, path);
        message.WriteText(newPath);
        return SendForStatusAsync(message.Finish(), newPath, cancellationToken);
    }

    /// <summary>Returns the text of a symbolic link.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The text, which the server chooses: it may be absolute or lead anywhere.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task<string> ReadLinkAsync(string path, CancellationToken cancellationToken = default) =>
        SendForNameAsync(Begin(SftpNumber.ReadLink, path).Finish(), path, cancellationToken);

    /// <summary>Returns the absolute path of a file, without symbolic links.</summary>
    /// <param name="path">The remote path; <c>.</c> is the directory in which the server starts.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The absolute path.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task<string> GetRealPathAsync(string path, CancellationToken cancellationToken = default) =>
        SendForNameAsync(Begin(SftpNumber.RealPath, path).Finish(), path, cancellationToken);

    /// <summary>Returns a path with <c>~</c> and <c>~user</c> replaced by home directories (expand-path@openssh.com).</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The absolute path.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task<string> ExpandPathAsync(string path, CancellationToken cancellationToken = default) =>
        SendForNameAsync(BeginExtendedWithPath(SftpExtension.ExpandPath, path).Finish(), path, cancellationToken);

    /// <summary>Returns the state of the file system of a path (statvfs@openssh.com).</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The state.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public async Task<SftpFileSystem> GetFileSystemAsync(string path, CancellationToken cancellationToken = default)
    {
        var reply = await SendAsync(BeginExtendedWithPath(SftpExtension.FileSystem, path).Finish(), cancellationToken).ConfigureAwait(false);
        return SftpReplies.Read(_connection, reply, SftpNumber.ExtendedReply, path, SftpFileSystem.Read);
    }

    private static FrozenDictionary<string, string> ReadVersion(SftpConnection connection, byte[] fields)
    {
        try
        {
            var reader = new SshReader(fields, "the version");
            if (reader.ReadUInt32() is var version and not ProtocolVersion)
                throw connection.Reject($"version {version} in place of {ProtocolVersion}");
            var extensions = new Dictionary<string, string>();
            while (!reader.IsAtEnd && extensions.Count < MaxExtensions)
            {
                var name = reader.ReadText();
                extensions[name] = reader.ReadText();
            }
            return extensions.ToFrozenDictionary();
        }
        catch (SshException e)
        {
            throw connection.Reject(e.Message, e);
        }
    }

    /// <summary>Asks for the largest transfers (limits@openssh.com). A limit of 0 is not stated.</summary>
    private async Task AskLimitsAsync(CancellationToken cancellationToken)
    {
        if (!Extensions.ContainsKey(SftpExtension.Limits))
            return;
        var reply = await SendAsync(BeginExtended(SftpExtension.Limits, null).Finish(), cancellationToken).ConfigureAwait(false);
        var (packet, read, write) = SftpReplies.Read(_connection, reply, SftpNumber.ExtendedReply, null, static (ref SshReader fields) =>
            (fields.ReadUInt64(), fields.ReadUInt64(), fields.ReadUInt64()));
        MaxReadLength = GetTransfer(packet, read);
        MaxWriteLength = GetTransfer(packet, write);
    }

    private static int GetTransfer(ulong packet, ulong limit)
    {
        ulong largest = SftpConnection.MaxPacket - MessageOverhead;
        if (packet > 0)
            largest = Math.Min(largest, Math.Max(packet, 2 * MessageOverhead) - MessageOverhead);
        return (int)(limit == 0 ? Math.Min(largest, DefaultTransfer) : Math.Min(largest, limit));
    }

    private async Task<string> SendForNameAsync(OutgoingMessage message, string path, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(message, cancellationToken).ConfigureAwait(false);
        return SftpReplies.Read(_connection, reply, SftpNumber.Name, path, SftpReplies.ReadOneName);
    }
}
