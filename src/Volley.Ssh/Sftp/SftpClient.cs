using System.Runtime.CompilerServices;
using Volley.Ssh.Sftp;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// A client of SFTP version 3 (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions. Any number of operations may run at the same time;
/// each waits for its own answer only. Thread-safe.
/// </summary>
/// <remarks>
/// Names are text of the operating system: bytes that are not UTF-8 pass through unchanged. Relative paths begin at the directory in which the server
/// starts, usually the user's home. A canceled operation may still take effect at the server.
/// </remarks>
public sealed partial class SftpClient : IAsyncDisposable
{
    private const uint ProtocolVersion = 3;
    private const int DefaultTransfer = 32 << 10;
    // Room for the fields of a message beside its data.
    private const int MessageOverhead = 1024;
    private const int MaxExtensions = 1000;
    // A directory's end is a status. A few servers send lists that are empty once they have left out names.
    private const int MaxEmptyLists = 100;

    private readonly SftpConnection _connection;

    private SftpClient(SftpConnection connection, IReadOnlyDictionary<string, string> extensions) =>
        (_connection, Extensions) = (connection, extensions);

    /// <summary>The extensions that the server offers, with their versions.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; }

    /// <summary>The largest number of bytes in one read request.</summary>
    public int MaxReadLength { get; private set; } = DefaultTransfer;

    /// <summary>The largest number of bytes in one write request.</summary>
    public int MaxWriteLength { get; private set; } = DefaultTransfer;

    /// <summary>Begins SFTP over a stream, such as the subsystem <c>sftp</c> of a server or the pipes of a local sftp-server.</summary>
    /// <param name="stream">The stream, readable and writable. The client owns it, also if the call fails.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The client.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="SftpException">The other end does not speak SFTP version 3, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async Task<SftpClient> ConnectAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var connection = new SftpConnection(stream);
        try
        {
            var version = await connection.StartAsync(ProtocolVersion, cancellationToken).ConfigureAwait(false);
            var client = new SftpClient(connection, ReadVersion(connection, version));
            await client.AskLimitsAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="mode">
    /// Whether the file must exist, must not exist, is created or is emptied. <see cref="FileMode.CreateNew"/> follows no symbolic link.
    /// </param>
    /// <param name="access">Whether to read, write, or both.</param>
    /// <param name="permissions">The permissions of a file that is created, limited by the server's umask; null for the server's default.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="ArgumentException">
    /// The path is empty or contains a zero byte, a value is not one of its type, or the mode creates, empties or appends to a file that is only read.
    /// </exception>
    /// <exception cref="SftpException">The server refused, or the connection ended.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<SftpFile> OpenAsync(
        string path, FileMode mode, FileAccess access, UnixFileMode? permissions = null, CancellationToken cancellationToken = default)
    {
        var flags = GetFlags(mode, access);
        var message = Begin(SftpNumber.Open, path);
        message.WriteUInt32(flags);
        new SftpAttributes { Permissions = permissions }.Write(ref message);
        var reply = await SendAsync(message.Finish(), cancellationToken).ConfigureAwait(false);
        var handle = SftpReplies.Read(_connection, reply, SftpNumber.Handle, path, SftpReplies.ReadHandle);
        return new(this, _connection, path, handle, access);
    }

    /// <summary>Lists a directory, in the server's order, without <c>.</c> and <c>..</c>.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The entries. A hostile server can send any number of them.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public async IAsyncEnumerable<SftpEntry> ListAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var opened = await SendAsync(Begin(SftpNumber.OpenDirectory, path).Finish(), cancellationToken).ConfigureAwait(false);
        var handle = SftpReplies.Read(_connection, opened, SftpNumber.Handle, path, SftpReplies.ReadHandle);
        var directory = new SftpFile(this, _connection, path, handle, FileAccess.Read);
        await using var disposing = directory.ConfigureAwait(false);
        // The next part travels while the caller works on this one.
        var next = directory.ReadDirectoryAsync(cancellationToken);
        var empty = 0;
        while (true)
        {
            var entries = await next.ConfigureAwait(false);
            if (entries is null)
                yield break;
            empty = entries.Count == 0 ? empty + 1 : 0;
            if (empty > MaxEmptyLists)
                throw new SftpException(SftpStatus.Failure, "the server sends empty lists without end", path);
            next = directory.ReadDirectoryAsync(cancellationToken);
            foreach (var entry in entries)
                yield return entry;
        }
    }

    /// <summary>Returns the attributes of a file. Symbolic links are followed.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The attributes.</returns>
    /// <inheritdoc cref="OpenAsync"/>
    public Task<SftpAttributes> GetAttributesAsync(string path, CancellationToken cancellationToken = default) =>
        GetAttributesAsync(SftpNumber.Status, path, cancellationToken);

    /// <summary>Returns the attributes of a file or of a symbolic link itself.</summary>
    /// <inheritdoc cref="GetAttributesAsync(string, CancellationToken)"/>
    public Task<SftpAttributes> GetLinkAttributesAsync(string path, CancellationToken cancellationToken = default) =>
        GetAttributesAsync(SftpNumber.LinkStatus, path, cancellationToken);

    /// <summary>Changes attributes of a file. Symbolic links are followed.</summary>
    /// <param name="path">The remote path.</param>
    /// <param name="attributes">The new values; what is null stays.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends with the operation.</returns>
    /// <exception cref="ArgumentException">The path is invalid, a size is negative, or one of a pair of attributes is missing.</exception>
    /// <inheritdoc cref="OpenAsync"/>
    public Task SetAttributesAsync(string path, SftpAttributes attributes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        attributes.CheckChange(nameof(attributes));
        var message = Begin(SftpNumber.SetStatus, path);
        attributes.Write(ref message);
        return SendForStatusAsync(message.Finish(), path, cancellationToken);
    }

    /// <summary>Changes owner, permissions or times of a symbolic link itself (lsetstat@openssh.com).</summary>
    /// <inheritdoc cref="SetAttributesAsync"/>
    public Task SetLinkAttributesAsync(string path, SftpAttributes attributes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        attributes.CheckChange(nameof(attributes));
        var message = BeginExtendedWithPath(SftpExtension.SetLinkStatus, path);
        attributes.Write(ref message);
        return SendForStatusAsync(message.Finish(), path, cancellationToken);
    }

    /// <summary>Ends the connection. Operations in progress fail.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Begins a request of an extension.</summary>
    /// <exception cref="SftpException">The server does not offer the extension.</exception>
    internal SshWriter BeginExtended(string extension, string? path)
    {
        if (!Extensions.ContainsKey(extension))
            throw new SftpException(SftpStatus.Unsupported, $"the SFTP server does not support {extension}", path);
        var message = SftpConnection.BeginPacket(SftpNumber.Extended, MessageOverhead);
        message.WriteText(extension);
        return message;
    }

    /// <summary>Begins a request of an extension whose first field is a path.</summary>
    private SshWriter BeginExtendedWithPath(string extension, string path)
    {
        Checked(path);
        var message = BeginExtended(extension, path);
        message.WriteText(path);
        return message;
    }

    private static SshWriter Begin(byte number, string path)
    {
        Checked(path);
        var message = SftpConnection.BeginPacket(number, path.Length + MessageOverhead);
        message.WriteText(path);
        return message;
    }

    /// <summary>Returns the flags of SSH_FXP_OPEN (draft-ietf-secsh-filexfer-02 section 6.3).</summary>
    private static uint GetFlags(FileMode mode, FileAccess access)
    {
        const uint Append = 0x04, Create = 0x08, Truncate = 0x10, Exclusive = 0x20;
        if (access is not (FileAccess.Read or FileAccess.Write or FileAccess.ReadWrite))
            throw new ArgumentOutOfRangeException(nameof(access), access, "read, write or both");
        if (access is FileAccess.Read && mode is FileMode.CreateNew or FileMode.Create or FileMode.Truncate or FileMode.Append)
            throw new ArgumentException($"a file that is opened with {nameof(FileMode)}.{mode} must be opened to write", nameof(access));
        // The values of FileAccess are those of SSH_FXF_READ and SSH_FXF_WRITE.
        return (uint)access | mode switch
        {
            FileMode.CreateNew => Create | Exclusive,
            FileMode.Create => Create | Truncate,
            FileMode.Open => 0,
            FileMode.OpenOrCreate => Create,
            FileMode.Truncate => Truncate,
            FileMode.Append => Create | Append,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, $"not a value of {nameof(FileMode)}"),
        };
    }

    private static string Checked(string path, [CallerArgumentExpression(nameof(path))] string? parameterName = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path, parameterName);
        return path.Contains('\0') ? throw new ArgumentException("the path contains a zero byte", parameterName) : path;
    }

    private async Task<SftpAttributes> GetAttributesAsync(byte number, string path, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(Begin(number, path).Finish(), cancellationToken).ConfigureAwait(false);
        return SftpReplies.Read(_connection, reply, SftpNumber.Attributes, path, SftpAttributes.Read);
    }

    private ValueTask<SftpReply> SendAsync(OutgoingMessage message, CancellationToken cancellationToken) =>
        _connection.CallAsync(message, default, cancellationToken);

    private async Task SendForStatusAsync(OutgoingMessage message, string path, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(message, cancellationToken).ConfigureAwait(false);
        SftpReplies.CheckStatus(_connection, reply, path);
    }
}
