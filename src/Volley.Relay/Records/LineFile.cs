using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Relay.Records;

/// <summary>
/// A file to which whole lines are appended. If it has been moved or removed, as logrotate(8) does, the next line begins a new file. Several processes can
/// append to the same file. Thread-safe.
/// </summary>
internal sealed class LineFile : IDisposable
{
    private const int Mode = 0x180;              // 0600

    private readonly Lock _lock = new();
    private readonly string _path;
    private FileStream _file;
    private (ulong FileSystem, ulong Number) _identity;
    private bool _endsInLine;

    private LineFile(string path)
    {
        _path = path;
        _file = OpenFile();
    }

    /// <summary>Opens a file, which only this user can read if it is new.</summary>
    /// <exception cref="IOException">It can't be opened or is a directory.</exception>
    public static LineFile Open(string path) => new(path);

    /// <summary>Appends a line. It is given to the system when this method returns.</summary>
    /// <param name="line">The line with its end.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            try
            {
                Reopen();
                // The rest of a line that could not be written as a whole ends here.
                var bytes = _endsInLine ? line.ToArray() : [(byte)'\n', .. line];
                _endsInLine = false;
                _file.Write(bytes);
                _endsInLine = true;
            }
            catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
            {
                throw new IOException($"{_path} can't be written: {SystemMessage.Of(failure)}", failure);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _file.Dispose();
    }

    private void Reopen()
    {
        if (FileStatus.Of(_path) is { } status && (status.FileSystem, status.Number) == _identity)
            return;
        var next = OpenFile();
        _file.Dispose();
        _file = next;
    }

    private FileStream OpenFile()
    {
        var handle = FileCalls.TryOpen(
            FileCalls.CurrentDirectory, _path, FileCalls.WriteOnly | FileCalls.Append | FileCalls.Create, out var error, Mode) ?? throw Errno.Failure(error);
        var status = FileStatus.Of(handle)!.Value;
        _identity = (status.FileSystem, status.Number);
        _endsInLine = EndsInLine(status);
        return new FileStream(handle, FileAccess.Write, bufferSize: 0);
    }

    private bool EndsInLine(FileStatus status)
    {
        if (!status.IsRegular || status.Length == 0)
            return true;
        using SafeFileHandle? file = PosixFile.TryOpenToRead(_path);
        Span<byte> last = stackalloc byte[1];
        return file is null || RandomAccess.Read(file, last, status.Length - 1) == 0 || last[0] == '\n';
    }
}
