using Volley.Interop.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Sftp;

/// <summary>Reads the answers to requests. An answer of an unexpected type ends the connection.</summary>
internal static class SftpReplies
{
    // Names of a directory come in packets; one packet can't hold more.
    private const int MinNameSize = 12;
    private const int MaxQuotedName = 200;

    public delegate T FieldReader<out T>(ref SshReader fields);

    /// <summary>Reads the fields of an answer, or throws the failure that it states.</summary>
    /// <param name="connection">The connection, which an invalid answer ends.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="expected">The expected packet type.</param>
    /// <param name="path">The remote path, for messages.</param>
    /// <param name="read">Reads the fields.</param>
    /// <exception cref="SftpException">The server refused the request, or the answer is invalid.</exception>
    public static T Read<T>(SftpConnection connection, SftpReply reply, byte expected, string? path, FieldReader<T> read)
    {
        var fields = new SshReader(reply.Fields, $"packet {reply.Number}");
        try
        {
            if (reply.Number == SftpNumber.StatusReply)
                ThrowFailure(ref fields, path);
            if (reply.Number != expected)
                throw connection.Reject($"packet {reply.Number} in place of {expected}");
            return read(ref fields);
        }
        catch (SshException e)
        {
            throw connection.Reject(e.Message, e);
        }
    }

    /// <summary>Checks an answer that has only a status.</summary>
    /// <exception cref="SftpException">The server refused the request, or the answer is invalid.</exception>
    public static void CheckStatus(SftpConnection connection, SftpReply reply, string? path)
    {
        if (FindFailure(connection, reply, path) is { } failure)
            throw failure;
    }

    /// <summary>Returns the failure that an answer states which has only a status, or null for success.</summary>
    public static SftpException? FindFailure(SftpConnection connection, SftpReply reply, string? path)
    {
        if (reply.IsOk)
            return null;
        try
        {
            Read(connection, reply, SftpNumber.StatusReply, path, static (ref SshReader _) => true);
            return null;
        }
        catch (SftpException failure)
        {
            return failure;
        }
    }

    /// <summary>Returns whether the answer is the status for the end of a file or directory.</summary>
    public static bool IsEnd(SftpReply reply) =>
        reply is { Number: SftpNumber.StatusReply, Fields: [0, 0, 0, (byte)SftpStatus.EndOfFile, ..] };

    public static byte[] ReadHandle(ref SshReader fields)
    {
        var handle = fields.ReadString();
        // draft-ietf-secsh-filexfer-02 section 6.3.
        return handle.Length <= 256 ? handle.ToArray() : throw fields.Invalid();
    }

    /// <summary>Reads the only name of an answer.</summary>
    public static string ReadOneName(ref SshReader fields)
    {
        if (fields.ReadUInt32() != 1)
            throw fields.Invalid();
        return ReadPath(ref fields);
    }

    /// <summary>Reads the entries of a directory, without <c>.</c> and <c>..</c>.</summary>
    /// <exception cref="SftpException">A name can't be one of an entry. The connection goes on.</exception>
    /// <exception cref="SshException">The answer is damaged.</exception>
    public static List<SftpEntry> ReadEntries(ref SshReader fields, string? path)
    {
        var count = fields.ReadUInt32();
        if (count > fields.Rest.Length / MinNameSize)
            throw fields.Invalid();
        var entries = new List<SftpEntry>((int)count);
        for (var i = 0; i < count; i++)
        {
            var name = SystemText.Decode(fields.ReadString());
            // A line of ls -l, for people.
            fields.ReadString();
            var attributes = SftpAttributes.Read(ref fields);
            if (name is "." or "..")
                continue;
            // A name with a slash would lead out of the directory, and no name of a POSIX system contains a zero byte.
            if (name.Length == 0 || name.AsSpan().ContainsAny('/', '\0'))
                throw new SftpException(SftpStatus.BadMessage, $"the server lists an entry with the invalid name '{Quote(name)}'", path);
            entries.Add(new(name, attributes));
        }
        return entries;
    }

    private static string Quote(string name) =>
        string.Concat(name.Take(MaxQuotedName).Select(character => char.IsControl(character) ? '?' : character)) + (name.Length > MaxQuotedName ? "..." : "");

    private static string ReadPath(ref SshReader fields)
    {
        var bytes = fields.ReadString();
        // No path of a POSIX system contains a zero byte.
        return bytes.Contains((byte)0) ? throw fields.Invalid() : SystemText.Decode(bytes);
    }

    private static void ThrowFailure(ref SshReader fields, string? path)
    {
        var status = (SftpStatus)fields.ReadUInt32();
        if (status == SftpStatus.Ok)
            return;
        // The message is missing in version 2 and in some servers of version 3.
        fields.TryReadDisplayText(out var message);
        // A server that answers has a connection.
        var known = Enum.IsDefined(status) && status is not (SftpStatus.NoConnection or SftpStatus.ConnectionLost) ? status : SftpStatus.Failure;
        throw new SftpException(known, GetMessage(status, message), path);
    }

    private static string GetMessage(SftpStatus status, string message) => status switch
    {
        SftpStatus.EndOfFile => "unexpected end of file",
        SftpStatus.NoSuchFile => "no such file or directory",
        SftpStatus.PermissionDenied => "permission denied",
        // OpenSSH's server maps ENAMETOOLONG and EINVAL to this status.
        SftpStatus.BadMessage => "the server rejects the name or a value: too long or invalid",
        SftpStatus.Unsupported => "the SFTP server does not support this operation",
        _ when message.Length > 0 && !message.Equals("failure", StringComparison.OrdinalIgnoreCase) => message,
        _ => "the SFTP server reports a failure without a reason",
    };
}
