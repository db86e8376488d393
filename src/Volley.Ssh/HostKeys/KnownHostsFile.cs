using System.Text;
using Volley.Ssh.Blocking;
using Volley.Ssh.Files;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// A file of known hosts, read once, with what was recorded in it since. Safe for use from several threads.
/// </summary>
#pragma warning disable CA1001 // A semaphore that nobody asked for a wait handle holds nothing.
internal sealed class KnownHostsFile
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _recording = new(1);
    private readonly string _path;
    private readonly Dictionary<string, List<KnownHostLine>> _byName = [];
    private readonly List<KnownHostLine> _others = [];
    private long _lengthRead;
    private int _linesRead;
    private bool _endsInMidLine;

    private KnownHostsFile(string path) => _path = path;

    /// <summary>Reads a file. One that does not exist is an empty one.</summary>
    /// <exception cref="SshException">It can't be read: then nothing is known of any host (<see cref="SshFailure.HostKeyRejected"/>).</exception>
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
            // Not supported: a pipe, which has no length.
            throw Unreadable(path, failure);
        }

        return file;
    }

    /// <summary>The lines about a name, in the file's order.</summary>
    public IReadOnlyList<KnownHostLine> Find(string name)
    {
        lock (_lock)
            return FindWithin(name);
    }

    /// <summary>
    /// Records a key, unless the file has come to say something about the name since it was read: by us, or by another
    /// process, with which the file's lock is shared.
    /// </summary>
    /// <remarks>A file that can't be written does not refuse the host, as in ssh; one that can't be read any more does.</remarks>
    /// <exception cref="SshException">It can't be read (<see cref="SshFailure.HostKeyRejected"/>).</exception>
    /// <exception cref="OperationCanceledException">The token fired while another had the lock, or the file system did not answer.</exception>
    public async ValueTask<RecordResult> RecordAsync(string name, bool isHashed, byte[] blob, CancellationToken cancellationToken)
    {
        // One thread at most waits for the file's lock, however many hosts have new keys.
        await _recording.WaitAsync(cancellationToken).ConfigureAwait(false);
        var recording = BlockingWork.Files.Start(() => RecordAndRelease(name, isHashed, blob, cancellationToken));
        try
        {
            return await recording.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (recording.TryDrop())
                _recording.Release();
            throw new BlockedException($"recording a host key in {_path}", cancellationToken);
        }
    }

    private RecordResult RecordAndRelease(string name, bool isHashed, byte[] blob, CancellationToken cancellationToken)
    {
        try
        {
            if (SaysNow(name, blob) is { } known)
                return new(known, IsNew: false);
            CreateFolder();
            using var file = LockedFile.Wait(PosixFile.OpenToWrite(_path));
            // A lock that comes after the host was abandoned records nothing.
            cancellationToken.ThrowIfCancellationRequested();
            return RecordLocked(file.Content, name, isHashed, blob);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return NotRecorded(name, isHashed, blob, failure);
        }
        finally
        {
            _recording.Release();
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
        // What is written to /dev/null is not read again, and not recorded.
        return SaysNow(name, blob) is { } written ? new(written, IsNew: true) : new([KnownHostLine.Parse(line.TrimEnd(), _path, 0)!], IsNew: false);
    }

    private List<KnownHostLine>? SaysNow(string name, ReadOnlySpan<byte> blob)
    {
        lock (_lock)
            return Says(name, blob);
    }

    /// <summary>What holds for a key that could not be written. What others have added since the file was read counts.</summary>
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

    /// <summary>The lines about a name if there is a key of it, whichever, or if this one is revoked; else null.</summary>
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
    /// Reads what has been added; all of it if the file is not what it was, or ended in the middle of a line. The lock is not held
    /// while the file is read, which may block.
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

    /// <summary>As ssh does for ~/.ssh, which may not be there yet.</summary>
    private void CreateFolder()
    {
        if (Path.GetDirectoryName(_path) is not { Length: > 0 } folder || SystemFile.DirectoryExists(folder))
            return;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            SystemFile.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>In one write, so that who does not know the lock, as ssh itself, never reads or splits half a line.</summary>
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
            // A full disk may take the beginning of the line.
            if (stream.Length > length)
                stream.SetLength(length);
            throw;
        }
    }
}

/// <summary>What came of recording a key.</summary>
/// <param name="Lines">The lines about the name, the new one included.</param>
/// <param name="IsNew">Whether the key was to be recorded: the file had none of the name, and keeps what is written.</param>
internal readonly record struct RecordResult(IReadOnlyList<KnownHostLine> Lines, bool IsNew)
{
    /// <summary>Why a new key could not be written; null if it was.</summary>
    public string? Failure { get; init; }
}
