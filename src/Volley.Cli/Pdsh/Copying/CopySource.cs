using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Copying;

/// <summary>The sending end of a copy at a host.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="peer">The other end.</param>
/// <param name="context">The environment.</param>
internal sealed class CopySource(PdshArguments arguments, CopyPeer peer, PdshContext context)
{
    private const int BufferLength = 128 << 10;

    // The directories that contain the current one: a link may lead back to one of them.
    private readonly HashSet<(ulong FileSystem, ulong Number)> _open = [];

    /// <summary>Sends files and directories under names that end in a dot and the name of this host.</summary>
    /// <exception cref="PdshException">A source does not exist or can't be copied.</exception>
    /// <exception cref="CopyProtocolException">The other end has ended.</exception>
    public void Send(IReadOnlyList<string> sources, string host)
    {
        string[] errors = [.. CopyOperands.FindErrors(sources, arguments.IsRecursive).Select(context.Prefix)];
        if (errors.Length > 0)
            throw new PdshException(errors);
        if (!peer.ReadAnswer())
            return;
        foreach (var source in sources)
            Send(source, $"{Path.GetFileName(source.TrimEnd('/'))}.{host}");
    }

    private void Send(string path, string name)
    {
        if (FileStatus.Of(path) is not { } status)
            peer.Fail($"can't stat {path}");
        else if (status.IsDirectory)
            SendDirectory(path, name, status);
        else if (status.IsRegular)
            SendFile(path, name);
        else
            peer.Fail($"not a regular file or directory: {path}");
    }

    private void SendDirectory(string path, string name, FileStatus status)
    {
        if (!_open.Add((status.FileSystem, status.Number)))
        {
            peer.Fail($"{path}: a symbolic link leads to a directory that contains it");
            return;
        }

        if (FileCalls.Names(FileCalls.CurrentDirectory, path, out var error) is not { } names)
        {
            peer.Fail($"{path}: {Errno.Text(error)}");
        }
        else if (SendRecord(status, 'D', 0, name))
        {
            foreach (var entry in names.Order(StringComparer.Ordinal))
                Send($"{path.TrimEnd('/')}/{entry}", entry);
            peer.Write("E\n"u8);
            peer.ReadAnswer();
        }

        _open.Remove((status.FileSystem, status.Number));
    }

    private void SendFile(string path, string name)
    {
        using var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.ReadOnly | FileCalls.NonBlocking, out var error);
        if (file is null || FileStatus.Of(file) is not { } status)
        {
            peer.Fail($"{path}: {Errno.Text(error)}");
            return;
        }

        if (!SendRecord(status, 'C', status.Length, name))
            return;
        var failure = SendContent(file, status.Length);
        if (failure is null)
            peer.Accept();
        else
            peer.Fail($"{path}: {failure}");
        peer.ReadAnswer();
    }

    /// <summary>Sends exactly the announced number of bytes. Returns what is wrong with them; null for nothing.</summary>
    private string? SendContent(SafeFileHandle file, long length)
    {
        string? failure = null;
        var buffer = new byte[BufferLength];
        for (var offset = 0L; offset < length;)
        {
            var wanted = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset));
            try
            {
                var count = failure is null ? RandomAccess.Read(file, wanted, offset) : 0;
                if (count == 0)
                    failure ??= "the file changed while it was read";
                else
                    wanted = wanted[..count];
            }
            catch (IOException unreadable)
            {
                failure = SystemMessage.Of(unreadable);
            }

            peer.Write(wanted);
            offset += wanted.Length;
        }

        return failure;
    }

    private bool SendRecord(FileStatus status, char kind, long length, string name)
    {
        if (name.Contains('\n', StringComparison.Ordinal))
        {
            peer.Fail($"{name}: the protocol has no newlines in names");
            return false;
        }

        if (arguments.Preserves)
        {
            peer.Write(SystemText.Encode(string.Create(CultureInfo.InvariantCulture, $"T{status.WriteTime.Seconds} 0 {status.WriteTime.Seconds} 0\n")));
            if (!peer.ReadAnswer())
                return false;
        }

        peer.Write(SystemText.Encode(string.Create(
            CultureInfo.InvariantCulture, $"{kind}{Convert.ToString((int)status.Permissions, 8).PadLeft(4, '0')} {length} {name}\n")));
        return peer.ReadAnswer();
    }
}
