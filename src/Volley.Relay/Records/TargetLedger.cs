using System.Text;
using Volley.Interop;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;

namespace Volley.Relay.Records;

/// <summary>
/// The targets that a relay has begun, so that a job that is sent again does not run twice, also after a restart of the relay. It is a file of lines in the
/// relay's state directory, which is written before a target begins. Thread-safe.
/// </summary>
/// <remarks>A line that a crash has cut off is of targets that did not begin, and is removed. Any other damage refuses the start of the relay.</remarks>
internal sealed class TargetLedger : IDisposable
{
    private const int CompactBytes = 1024 * 1024;
    private const int MaxLine = 64 * CompactBytes;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Run, int Round), (long Until, RankSet Ranks)> _rounds = [];
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly LockedFile _owner;
    private FileStream _file;
    private long _length;
    private long _compactedLength;
    private bool _isDisposed;

    private TargetLedger(string path, LockedFile owner, TimeProvider time)
    {
        (_path, _owner, _time) = (path, owner, time);
        _file = OpenFile(path);
        Read();
        if (_length > CompactBytes)
            Compact();
        _compactedLength = _length;
    }

    /// <summary>Opens the ledger of a relay, and creates it and its directory if they do not exist.</summary>
    /// <param name="directory">The state directory. Relays of different names can share one.</param>
    /// <param name="relay">The name of the relay.</param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <exception cref="RelayException">It can't be read or written, is damaged, or another relay of that name uses it.</exception>
    public static TargetLedger Open(string directory, string relay, TimeProvider? time = null)
    {
        var path = Path.Combine(directory, $"ledger-{relay}");
        LockedFile? owner = null;
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (FileStatus.Of(directory) is not { IsTrusted: true, IsWritableByOthers: false })
                throw new RelayException($"other users can write to the state directory {directory}; give it to the user of the relay, and run: chmod go-w {directory}");
            owner = LockedFile.TryOpen(path + ".lock", TimeSpan.Zero)
                ?? throw new RelayException($"another relay with the name {relay} uses the state directory {directory}; end it, or give this one another name");
            return new TargetLedger(path, owner, time ?? TimeProvider.System);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            owner?.Dispose();
            throw new RelayException($"the state directory {directory} can't be used: {SystemMessage.Of(failure)}", failure);
        }
        catch
        {
            owner?.Dispose();
            throw;
        }
    }

    /// <summary>Remembers targets of a job. Those that are new may begin when this method returns.</summary>
    /// <param name="job">The document of the job.</param>
    /// <param name="ranks">The ranks of the targets.</param>
    /// <returns>The ranks that are new. The others have begun before, so the job or the chunk was sent again.</returns>
    /// <exception cref="IOException">The file can't be written. No target may begin.</exception>
    public IReadOnlyList<int> Add(JobDocument job, IReadOnlyCollection<int> ranks)
    {
        lock (_lock)
        {
            var until = job.Started + (long)(JobPolicy.MaxLife + (2 * JobPolicy.ClockSkew)).TotalSeconds;
            var known = _rounds.GetValueOrDefault((job.Run, job.Round)).Ranks;
            var added = new RankSet();
            List<int> fresh = [];
            foreach (var rank in ranks)
            {
                if (known?.Contains(rank) == true || added.Contains(rank))
                    continue;
                added.Add(rank);
                fresh.Add(rank);
            }

            if (fresh.Count == 0)
                return fresh;
            var line = new LedgerLine(job.Run, job.Round, until, [.. added.Ranges()]);
            Append(Encoding.ASCII.GetBytes(line.ToString()));
            Remember(line);
            if (_length > CompactBytes && _length > 2 * _compactedLength)
                TryCompact();
            return fresh;
        }
    }

    /// <summary>Remembers a target of a job.</summary>
    /// <returns>Whether it is new, and may begin.</returns>
    /// <exception cref="IOException">The file can't be written. The target may not begin.</exception>
    public bool TryAdd(JobDocument job, int rank) => Add(job, [rank]).Count > 0;

    /// <summary>Closes the file, so that another relay can use it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _file.Dispose();
            _owner.Dispose();
        }
    }

    private static FileStream OpenFile(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        // Other programs may read it; the lock of this relay is a file of its own.
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private void Read()
    {
        using var reader = new StreamReader(_file, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var number = 0;
        while (ReadLine(reader) is { } line)
        {
            number++;
            _length += line.Length + 1;
            Remember(LedgerLine.Parse(line) ?? throw new RelayException(
                $"{_path} line {number} is damaged, so that targets could run twice; move the file away if no job of the last week can be sent again"));
        }

        // A line without an end was being written when the relay died.
        if (_file.Length != _length)
            _file.SetLength(_length);
        _file.Position = _length;
    }

    /// <summary>Returns the next line that has an end; null for none.</summary>
    private static string? ReadLine(StreamReader reader)
    {
        var line = new StringBuilder();
        while (reader.Read() is >= 0 and var character)
        {
            if (character == '\n')
                return line.ToString();
            line.Append((char)character);
            // Such a line is damaged. It is not read into memory.
            if (line.Length > MaxLine)
                return line.ToString();
        }

        return null;
    }

    private void Remember(LedgerLine line)
    {
        var key = (line.Run, line.Round);
        var (until, ranks) = _rounds.TryGetValue(key, out var known) ? known : (line.Until, new RankSet());
        _rounds[key] = (Math.Max(until, line.Until), ranks);
        foreach (var (first, last) in line.Ranks)
        {
            for (var rank = first; rank <= last && rank >= first; rank++)
                ranks.Add(rank);
        }
    }

    private void Append(byte[] line)
    {
        try
        {
            // What a failed write has left behind goes first, so that it does not become a damaged line.
            if (_file.Length != _length)
                _file.SetLength(_length);
            _file.Position = _length;
            _file.Write(line);
            _length += line.Length;
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new IOException($"{_path} can't be written: {SystemMessage.Of(failure)}", failure);
        }
    }

    private void TryCompact()
    {
        try
        {
            Compact();
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            // The long file is as good; the next attempt is made when it has doubled.
        }

        _compactedLength = _length;
    }

    /// <summary>Replaces the file by one without rounds that are over, and with one line a round.</summary>
    private void Compact()
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        foreach (var key in _rounds.Where(round => round.Value.Until < now).Select(round => round.Key).ToList())
            _rounds.Remove(key);
        var compact = OpenFile(_path + ".new");
        try
        {
            compact.SetLength(0);
            foreach (var ((run, round), (until, ranks)) in _rounds)
                compact.Write(Encoding.ASCII.GetBytes(new LedgerLine(run, round, until, [.. ranks.Ranges()]).ToString()));
            compact.Flush(flushToDisk: true);
            File.Move(_path + ".new", _path, overwrite: true);
        }
        catch
        {
            compact.Dispose();
            throw;
        }

        _file.Dispose();
        (_file, _length) = (compact, compact.Length);
    }
}
