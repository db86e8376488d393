using System.IO.Hashing;

namespace Volley.Cli.Output.Gathering;

/// <summary>Compares one stream of all running nodes line by line, and shows the lines on which all of them agree.</summary>
/// <param name="kind">The stream.</param>
/// <param name="show">Shows whole lines of a node.</param>
internal sealed class LiveStream(StreamKind kind, LiveLines.Show show)
{
    /// <summary>The largest lead of the fastest node over the slowest, in lines. Lines further ahead are shown only at the end of the run.</summary>
    private const int LargestLead = 64 * 1024;

    private readonly Dictionary<GatheredNode, Cursor> _cursors = [];

    // A ring buffer of lines, starting with the first undecided one.
    private Line[] _lines = new Line[64];
    private long _first;
    private long _end;

    // The line numbers that some node passed while its lead was too large, so they can't be compared.
    private (long From, long To)? _missed;

    private readonly List<(long From, long To)> _shown = [];
    private bool _hasDiffered;

    /// <summary>Whether any line was shown.</summary>
    public bool HasShown { get; private set; }

    /// <summary>Adds output of a running node.</summary>
    public void Append(GatheredNode node, ReadOnlySpan<byte> data)
    {
        if (!_cursors.TryGetValue(node, out var cursor))
            _cursors[node] = cursor = new Cursor();
        while (data.IndexOf((byte)'\n') is >= 0 and var newline)
        {
            var hash = cursor.EndLine(data[..(newline + 1)], out var start, out var place);
            Add(node, place, start, cursor.LineStart, hash);
            data = data[(newline + 1)..];
        }

        cursor.Append(data);
    }

    /// <summary>Removes a node that has ended, so that lines no longer wait for it.</summary>
    public void Remove(GatheredNode node)
    {
        if (!_cursors.Remove(node, out var cursor))
            return;
        for (var place = _first; place < Math.Min(cursor.Lines, _end); place++)
            LineAt(place).Count--;
    }

    /// <summary>Shows the next lines on which all running nodes agree, up to the first line that some node has not sent.</summary>
    public void Advance(int running)
    {
        if (running == 0)
            return;
        GatheredNode? node = null;
        var (from, to) = (0L, 0L);
        while (true)
        {
            if (_missed is { } missed && _first >= missed.From)
            {
                _first = _end = missed.To;
                _missed = null;
            }

            if (_first == _end || LineAt(_first).Count < running)
                break;
            var line = LineAt(_first++);
            if (line.Differs)
                continue;
            if (node != line.Node || to != line.From)
            {
                ShowLines(node, from, to);
                (node, from) = (line.Node, line.From);
            }

            to = line.To;
        }

        ShowLines(node, from, to);
    }

    /// <summary>Returns the ranges of an output that were not shown. They are valid only if all nodes sent the same output.</summary>
    public IEnumerable<(long From, long To)> NotShown(long from, long to)
    {
        foreach (var shown in _shown)
        {
            if (shown.To <= from)
                continue;
            if (shown.From >= to)
                break;
            if (shown.From > from)
                yield return (from, shown.From);
            from = shown.To;
        }

        if (from < to)
            yield return (from, to);
    }

    private void Add(GatheredNode node, long place, long from, long to, UInt128 hash)
    {
        if (place < _first)
            return;
        if (_missed is { } missed && place >= missed.From)
        {
            _missed = missed with { To = Math.Max(missed.To, place + 1) };
            return;
        }

        if (place - _first >= LargestLead)
        {
            _missed = (place, place + 1);
            return;
        }

        if (place == _end)
        {
            if (_end - _first == _lines.Length)
                Enlarge();
            _end++;
            LineAt(place) = new Line { Node = node, From = from, To = to, Hash = hash, Count = 1 };
            return;
        }

        ref var line = ref LineAt(place);
        line.Count++;
        if (line.Hash == hash)
            return;
        line.Differs = _hasDiffered = true;
        _shown.Clear();
    }

    private void ShowLines(GatheredNode? node, long from, long to)
    {
        if (node is null)
            return;
        HasShown = true;
        show(node, kind, from, to);
        // Once outputs differ, the end of the run shows each of them in full.
        if (_hasDiffered)
            return;
        if (_shown.Count > 0 && _shown[^1].To == from)
            _shown[^1] = (_shown[^1].From, to);
        else
            _shown.Add((from, to));
    }

    private ref Line LineAt(long place) => ref _lines[place & (_lines.Length - 1)];

    private void Enlarge()
    {
        var lines = new Line[_lines.Length * 2];
        for (var place = _first; place < _end; place++)
            lines[place & (lines.Length - 1)] = LineAt(place);
        _lines = lines;
    }

    /// <summary>A line that at least one node has sent.</summary>
    private struct Line
    {
        /// <summary>The first node that sent the line; <c>From</c> and <c>To</c> are the range in its output.</summary>
        public GatheredNode Node;
        public long From;
        public long To;

        public UInt128 Hash;

        /// <summary>The number of running nodes that have sent a line with this number.</summary>
        public int Count;

        /// <summary>Whether the nodes sent different lines.</summary>
        public bool Differs;
    }

    /// <summary>The position of a node in its stream.</summary>
    private sealed class Cursor
    {
        private XxHash128? _begun;
        private bool _isInLine;
        private long _position;

        /// <summary>The number of complete lines.</summary>
        public long Lines { get; private set; }

        /// <summary>The offset of the next line.</summary>
        public long LineStart { get; private set; }

        /// <summary>Appends a part of a line that does not end it.</summary>
        public void Append(ReadOnlySpan<byte> part)
        {
            if (part.IsEmpty)
                return;
            _isInLine = true;
            (_begun ??= new XxHash128()).Append(part);
            _position += part.Length;
        }

        /// <summary>Appends the end of a line.</summary>
        /// <param name="part">The rest of the line, including the newline.</param>
        /// <param name="start">The offset of the line.</param>
        /// <param name="place">The number of the line, from 0.</param>
        /// <returns>The hash of the line.</returns>
        public UInt128 EndLine(ReadOnlySpan<byte> part, out long start, out long place)
        {
            UInt128 hash;
            if (_isInLine)
            {
                _begun!.Append(part);
                hash = _begun.GetCurrentHashAsUInt128();
                _begun.Reset();
                _isInLine = false;
            }
            else
            {
                hash = XxHash128.HashToUInt128(part);
            }

            _position += part.Length;
            (start, place) = (LineStart, Lines++);
            LineStart = _position;
            return hash;
        }
    }
}
