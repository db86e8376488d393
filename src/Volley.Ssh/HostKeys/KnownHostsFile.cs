using System.Text;
using Volley.Interop;
using Volley.Interop.Blocking;
using Volley.Interop.Text;
using Volley.Interop.Waiting;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// A known_hosts file: read once, and extended by the keys recorded since. Thread-safe.
/// </summary>
internal sealed class KnownHostsFile
{
    private readonly Lock _lock = new();
    private readonly AsyncGate _recording = new(1);
    private readonly string _path;
    private readonly Dictionary<string, List<KnownHostLine>> _byName = [];
    private readonly List<KnownHostLine> _others = [];
    private long _lengthRead;
    private int _linesRead;
    private bool _endsInMidLine;

    private KnownHostsFile(string path) => _path = path;

    /// <summary>Reads a file. A missing file counts as empty.</summary>
    /// <exception cref="SshException">The file can't be read, so no host is known (<see cref="SshFailure.HostKeyRejected"/>).</exception>
    public static KnownHostsFile Read(string path)
    {
        var file = new KnownHostsFile(path);
        try
        {
            using var handle = PosixFile.TryOpenToRead(path);
            if (handle is null)
                return file;
            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            file.ReadOn(stream);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // NotSupportedException: a pipe, which has no length.
            throw Unreadable(path, failure);
        }

        return file;
    }

    /// <summary>Returns the lines for a name, in the file's order.</summary>
    public IReadOnlyList<KnownHostLine> Find(string name)
    {
        lock (_lock)
            return FindWithin(name);
    }

    /// <summary>
    /// Records a key, unless the file meanwhile has a line for the name, from this process or from another one that uses the same lock.
    /// </summary>
    /// <remarks>As in ssh, a host is accepted if the file can't be written. It is rejected if the file can't be read any more.</remarks>
    /// <exception cref="SshException">The file can't be read (<see cref="SshFailure.HostKeyRejected"/>).</exception>
    /// <exception cref="OperationCanceledException">The token fired while another process had the lock, or the file system hung.</exception>
    public async ValueTask<RecordResult> RecordAsync(string name, bool isHashed, byte[] blob, CancellationToken cancellationToken)
    {
        // At most one thread waits for the file's lock, however many hosts have new keys.
        await _recording.EnterAsync(cancellationToken).ConfigureAwait(false);
        var recording = BlockingWork.Files.Start(() => RecordAndRelease(name, isHashed, blob, cancellationToken));
        try
        {
            return await recording.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (recording.TryDrop())
                _recording.Leave();
            throw new BlockedException($"recording a host key in {_path}", cancellationToken);
        }
    }

    private RecordResult RecordAndRelease(string name, bool isHashed, byte[] blob, CancellationToken cancellationToken)
    {
        try
        {
            if (SaysNow(name, blob) is { } known)
                return new(known, IsNew: false);
            CreateDirectory();
            using var file = LockedFile.Wait(PosixFile.OpenToWrite(_path));
            // Once the host was abandoned, nothing is recorded.
            cancellationToken.ThrowIfCancellationRequested();
            return RecordLocked(file.Content, name, isHashed, blob);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return NotRecorded(name, isHashed, blob, failure);
        }
        finally
        {
            _recording.Leave();
        }
    }

    private RecordResult RecordLocked(FileStream stream, string name, bool isHashed, byte[] blob)
    {
        ReadOn(stream);
        if (SaysNow(name, blob) is { } meanwhile)
            return new(meanwhile, IsNew: false);
        var line = KnownHostLine.Write(name, isHashed, blob);
        Append(stream, line);
        ReadOn(stream);
        // /dev/null keeps nothing, so the key does not count as recorded.
        return SaysNow(name, blob) is { } written ? new(written, IsNew: true) : new([KnownHostLine.Parse(line.TrimEnd(), _path, 0)!], IsNew: false);
    }

    private List<KnownHostLine>? SaysNow(string name, ReadOnlySpan<byte> blob)
    {
        lock (_lock)
            return Says(name, blob);
    }

    /// <summary>Returns the result for a key that could not be written. Lines that other processes have added meanwhile count.</summary>
    private RecordResult NotRecorded(string name, bool isHashed, byte[] blob, Exception failure)
    {
        try
        {
            using var handle = PosixFile.TryOpenToRead(_path);
            using var stream = handle is null ? null : new FileStream(handle, FileAccess.Read, bufferSize: 0);
            if (stream is not null)
                ReadOn(stream);
            return SaysNow(name, blob) is { } known
                ? new(known, IsNew: false)
                : new([KnownHostLine.Parse(KnownHostLine.Write(name, isHashed, blob).TrimEnd(), _path, 0)!], IsNew: true) { Failure = failure.Message };
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Unreadable(_path, unreadable);
        }
    }

    /// <summary>Returns the lines for a name if they have any key of it, or if this key is revoked; else null.</summary>
    private List<KnownHostLine>? Says(string name, ReadOnlySpan<byte> blob)
    {
        var lines = FindWithin(name);
        foreach (var line in lines)
        {
            if (line.Marker == KnownHostMarker.None || (line.Marker == KnownHostMarker.Revoked && blob.SequenceEqual(line.Blob)))
                return lines;
        }

        return null;
    }

    private static SshException Unreadable(string path, Exception failure) => new(
        SshFailure.HostKeyRejected, $"{path} can't be read, so no host key can be trusted: {failure.Message}", failure);

    private List<KnownHostLine> FindWithin(string name)
    {
        List<KnownHostLine> found = [.. _byName.GetValueOrDefault(name) ?? [], .. _others.Where(line => line.Names.Match(name))];
        found.Sort((one, other) => one.Number.CompareTo(other.Number));
        return found;
    }

    /// <summary>
    /// Reads what was added to the file, or all of it if the file was replaced or ended within a line. The lock is not held during the read,
    /// which may block.
    /// </summary>
    private void ReadOn(FileStream stream)
    {
        var length = stream.Length;
        if (length == _lengthRead)
            return;
        var isOther = length < _lengthRead || _endsInMidLine;
        stream.Position = isOther ? 0 : _lengthRead;
        var bytes = new byte[length - stream.Position];
        stream.ReadExactly(bytes);
        lock (_lock)
        {
            if (isOther)
                Forget();
            Take(bytes);
        }
    }

    private void Take(byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        _endsInMidLine = bytes[^1] != '\n';
        foreach (var line in Encoding.UTF8.GetString(bytes, 0, bytes.Length - (_endsInMidLine ? 0 : 1)).Split('\n'))
        {
            _linesRead++;
            if (KnownHostLine.Parse(line.TrimEnd('\r'), _path, _linesRead) is { } known)
                Add(known);
        }

        _lengthRead += bytes.Length;
    }

    private void Forget()
    {
        _byName.Clear();
        _others.Clear();
        _lengthRead = _linesRead = 0;
        _endsInMidLine = false;
    }

    private void Add(KnownHostLine line)
    {
        if (line.Names.Literals is not { } names)
        {
            _others.Add(line);
            return;
        }

        foreach (var name in names.Distinct())
        {
            if (!_byName.TryGetValue(name, out var lines))
                _byName.Add(name, lines = []);
            lines.Add(line);
        }
    }

    /// <summary>Creates the directory of the file, as ssh creates ~/.ssh.</summary>
    private void CreateDirectory()
    {
        if (Path.GetDirectoryName(_path) is not { Length: > 0 } folder || SystemFile.DirectoryExists(folder))
            return;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            SystemFile.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Appends a line in one write, so that programs without the lock, such as ssh, never read or split half a line.</summary>
    private static void Append(FileStream stream, string line)
    {
        var endsWithNewline = true;
        if (stream.Length > 0)
        {
            stream.Position = stream.Length - 1;
            endsWithNewline = stream.ReadByte() == '\n';
        }

        var length = stream.Length;
        stream.Position = length;
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(endsWithNewline ? line : "\n" + line));
        }
        catch (IOException)
        {
            // A full disk may have taken the beginning of the line.
            if (stream.Length > length)
                stream.SetLength(length);
            throw;
        }
    }
}

/// <summary>The result of recording a key.</summary>
/// <param name="Lines">The lines for the name, including the new one.</param>
/// <param name="IsNew">Whether the file had no key of the name before, and keeps what is written to it.</param>
internal readonly record struct RecordResult(IReadOnlyList<KnownHostLine> Lines, bool IsNew)
{
    /// <summary>Why a new key could not be written; null if it was.</summary>
    public string? Failure { get; init; }
}
