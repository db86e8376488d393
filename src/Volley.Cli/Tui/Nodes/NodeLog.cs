using System.Buffers;
using Volley.Cli.Output.Gathering;
using Volley.Input;

namespace Volley.Cli.Tui.Nodes;

/// <summary>
/// The output of one node, as lines in the order of their completion. All nodes share a store, which spills into a temporary file
/// without a name. An index holds the position of one line per 64 KiB, so lookups scan from there.
/// </summary>
/// <remarks>
/// In the store a line is a mark, its bytes and a newline. The mark identifies the stream, and whether the node sent the newline. It
/// did not for a line that ends the output without one, and for the pieces of a line longer than <see cref="MaxPieceLength"/>.
/// </remarks>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeLog(SpillBuffer store, TimeProvider time)
{
    /// <summary>The largest piece of a line, in bytes.</summary>
    public const int MaxPieceLength = 64 * 1024;

    private const int IndexStep = 64 * 1024;

    /// <summary>The time after which a store that rejected a write is tried again.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly OutputBranch _kept = new(store, fork: null);
    private readonly List<(long Line, long Position)> _index = [(0, 0)];
    private readonly Partial _stdout = new();
    private readonly Partial _stderr = new();
    private readonly ArrayBufferWriter<byte> _scratch = new(256);
    private long _failedAt;
    private long _lines;
    private long _pendingLines;

    /// <summary>The number of lines, including incomplete ones.</summary>
    public long LineCount => _lines + (_stdout.Length > 0 ? 1 : 0) + (_stderr.Length > 0 ? 1 : 0);

    /// <summary>The reason why output is missing, after the store rejected a write; null if the log is complete.</summary>
    public string? Gap { get; private set; }

    /// <summary>Appends data of a stream, and passes each line that it completes to <paramref name="completed"/>.</summary>
    public void Append(StreamKind stream, ReadOnlySpan<byte> data, Action<ReadOnlySpan<byte>>? completed = null)
    {
        var partial = GetPartial(stream);
        while (data.IndexOf((byte)'\n') is >= 0 and var newline)
        {
            if (partial.Length == 0 && newline <= MaxPieceLength)
            {
                Keep(stream, data[..newline], isWhole: true);
                completed?.Invoke(data[..newline]);
            }
            else
            {
                AppendPartial(stream, partial, data[..newline]);
                Keep(stream, partial.Bytes, isWhole: true);
                completed?.Invoke(partial.Bytes);
                partial.Length = 0;
            }

            data = data[(newline + 1)..];
        }

        AppendPartial(stream, partial, data);
        Flush();
    }

    /// <summary>Stores the incomplete lines. No output follows.</summary>
    public void Complete()
    {
        foreach (var stream in new[] { StreamKind.Stdout, StreamKind.Stderr })
        {
            var partial = GetPartial(stream);
            if (partial.Length > 0)
                Keep(stream, partial.Bytes, isWhole: false);
            partial.Length = 0;
        }

        Flush();
    }

    /// <summary>Reads up to <paramref name="count"/> lines, starting at line <paramref name="from"/>, which counts from 0.</summary>
    /// <exception cref="IOException">The temporary file can't be read.</exception>
    public List<LogLine> Read(long from, int count)
    {
        var lines = new List<LogLine>(Math.Min(count, 1024));
        if (from < _lines)
        {
            var cursor = new Cursor(this, from);
            while (lines.Count < count && cursor.Next() is { } line)
                lines.Add(line);
        }

        var incomplete = new[] { StreamKind.Stdout, StreamKind.Stderr }.Where(stream => GetPartial(stream).Length > 0).ToArray();
        for (var i = from + lines.Count - _lines; i >= 0 && i < incomplete.Length && lines.Count < count; i++)
            lines.Add(new LogLine(incomplete[i], GetPartial(incomplete[i]).Bytes.ToArray(), IsWhole: false));
        return lines;
    }

    /// <summary>Returns a cursor over the complete lines, starting at a line.</summary>
    public Cursor From(long line) => new(this, line);

    /// <summary>Returns the incomplete last line of a stream.</summary>
    public ReadOnlySpan<byte> Incomplete(StreamKind stream) => GetPartial(stream).Bytes;

    private Partial GetPartial(StreamKind stream) => stream == StreamKind.Stdout ? _stdout : _stderr;

    private void AppendPartial(StreamKind stream, Partial partial, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (partial.Length == MaxPieceLength)
            {
                Keep(stream, partial.Bytes, isWhole: false);
                partial.Length = 0;
            }

            var part = data[..Math.Min(data.Length, MaxPieceLength - partial.Length)];
            partial.Append(part);
            data = data[part.Length..];
        }
    }

    private void Keep(StreamKind stream, ReadOnlySpan<byte> line, bool isWhole)
    {
        var end = _kept.Length + _scratch.WrittenCount;
        if (end - _index[^1].Position >= IndexStep)
        {
            Flush();
            // If a write failed, the position is wrong: add no entry.
            if (_kept.Length == end)
                _index.Add((_lines, end));
        }

        _scratch.Write([Mark(stream, isWhole)]);
        _scratch.Write(line);
        _scratch.Write("\n"u8);
        _pendingLines++;
        _lines++;
        if (_scratch.WrittenCount >= IndexStep)
            Flush();
    }

    private void Flush()
    {
        if (_scratch.WrittenCount == 0)
            return;
        try
        {
            // A full file system is not asked again for each line.
            if (Gap is not null && time.GetElapsedTime(_failedAt) < RetryAfter)
                _lines -= _pendingLines;
            else
                _kept.Append(_scratch.WrittenSpan);
        }
        catch (IOException full)
        {
            Gap = Remedies.GetMessage(full);
            _failedAt = time.GetTimestamp();
            _lines -= _pendingLines;
        }

        _pendingLines = 0;
        _scratch.ResetWrittenCount();
    }

    private static byte Mark(StreamKind stream, bool isWhole) => (stream, isWhole) switch
    {
        (StreamKind.Stdout, true) => (byte)'o',
        (StreamKind.Stdout, false) => (byte)'O',
        (_, true) => (byte)'e',
        _ => (byte)'E',
    };

    /// <summary>A forward reader of complete lines.</summary>
    internal sealed class Cursor
    {
        private readonly NodeLog _log;
        private byte[] _buffer = new byte[8 * 1024];
        private int _start;
        private int _end;
        private bool _isOver;

        public Cursor(NodeLog log, long line)
        {
            _log = log;
            var index = log._index.BinarySearch((line, long.MaxValue));
            (Line, Position) = log._index[index < 0 ? ~index - 1 : index];
            while (Line < line && Skip())
            {
            }
        }

        /// <summary>The number of the next line.</summary>
        public long Line { get; private set; }

        /// <summary>The position of the next line in the log.</summary>
        public long Position { get; private set; }

        /// <summary>Returns true on the first call only, so that the caller reads the incomplete lines once, after all others.</summary>
        public bool TakesIncomplete() => !_isOver && (_isOver = true);

        /// <summary>Returns the next line; null at the end.</summary>
        public LogLine? Next()
        {
            if (Find() is not (>= 0 and var newline))
                return null;
            var mark = _buffer[_start];
            var line = new LogLine(
                mark is (byte)'o' or (byte)'O' ? StreamKind.Stdout : StreamKind.Stderr,
                _buffer[(_start + 1)..newline],
                mark is (byte)'o' or (byte)'e');
            Advance(newline);
            return line;
        }

        private bool Skip()
        {
            if (Find() is not (>= 0 and var newline))
                return false;
            Advance(newline);
            return true;
        }

        private void Advance(int newline)
        {
            Position += newline + 1 - _start;
            _start = newline + 1;
            Line++;
        }

        /// <summary>Returns the index of the next newline in the buffer, or -1 at the end of the log.</summary>
        private int Find()
        {
            for (var searched = _start; ;)
            {
                if (_buffer.AsSpan(searched.._end).IndexOf((byte)'\n') is >= 0 and var found)
                    return searched + found;
                searched = _end - _start;
                _buffer.AsSpan(_start.._end).CopyTo(_buffer);
                (_start, _end) = (0, searched);
                if (_end == _buffer.Length)
                    Array.Resize(ref _buffer, _buffer.Length * 2);
                if (Position + _end >= _log._kept.Length)
                    return -1;
                var count = _log._kept.Read(Position + _end, _buffer.AsSpan(_end));
                if (count == 0)
                    return -1;
                _end += count;
            }
        }
    }

    private sealed class Partial
    {
        private byte[] _bytes = [];

        public int Length { get; set; }

        public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

        public void Append(ReadOnlySpan<byte> data)
        {
            if (_bytes.Length < Length + data.Length)
                Array.Resize(ref _bytes, Math.Max(Length + data.Length, Math.Min(MaxPieceLength, _bytes.Length * 2)));
            data.CopyTo(_bytes.AsSpan(Length));
            Length += data.Length;
        }
    }
}

/// <summary>A line of output, or a piece of one.</summary>
/// <param name="Stream">The stream of the line.</param>
/// <param name="Bytes">The bytes without the newline.</param>
/// <param name="IsWhole">Whether a newline followed.</param>
internal sealed record LogLine(StreamKind Stream, byte[] Bytes, bool IsWhole);
