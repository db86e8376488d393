using System.IO.Hashing;

namespace Volley.Cli.Rendering.Gathering;

/// <summary>One stream of all running nodes, line by line: which lines are the same at the same place in all of them.</summary>
/// <param name="kind">The stream.</param>
/// <param name="show">Shows whole lines of a node.</param>
internal sealed class LiveStream(StreamKind kind, LiveLines.Show show)
{
    /// <summary>How many lines the fastest node may be ahead of the slowest; what lies further ahead waits for the end.</summary>
    private const int LargestLead = 64 * 1024;

    private readonly Dictionary<GatheredNode, Cursor> _cursors = [];

    // The lines from the first that is not decided on, in a ring.
    private Line[] _lines = new Line[64];
    private long _first;
    private long _end;

    // The places that some node passed while they were too far ahead: nothing can be said about them.
    private (long From, long To)? _missed;

    private readonly List<(long From, long To)> _shown = [];
    private bool _hasDiffered;

    /// <summary>Whether any line was shown.</summary>
    public bool HasShown { get; private set; }

    /// <summary>Takes what a running node has sent.</summary>
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

    /// <summary>A node has ended: nobody waits for it any more.</summary>
    public void Remove(GatheredNode node)
    {
        if (!_cursors.Remove(node, out var cursor))
            return;
        for (var place = _first; place < Math.Min(cursor.Lines, _end); place++)
            LineAt(place).Count--;
    }

    /// <summary>Shows the lines that as many nodes have sent as are running, in order, and stops at the first that has to wait.</summary>
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

    /// <summary>The parts of an output that were not shown, if all nodes sent the same one.</summary>
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
        // Once outputs differ, all of each is shown at the end.
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

    /// <summary>A line that some nodes have sent.</summary>
    private struct Line
    {
        /// <summary>The first that sent it, and where it lies in that one's output.</summary>
        public GatheredNode Node;
        public long From;
        public long To;

        public UInt128 Hash;

        /// <summary>How many of the running nodes have sent a line at this place.</summary>
        public int Count;

        /// <summary>Whether they were not the same.</summary>
        public bool Differs;
    }

    /// <summary>How far a node is.</summary>
    private sealed class Cursor
    {
        private XxHash128? _begun;
        private bool _isInLine;
        private long _position;

        /// <summary>How many whole lines it has sent.</summary>
        public long Lines { get; private set; }

        /// <summary>Where its next line begins.</summary>
        public long LineStart { get; private set; }

        /// <summary>Takes a part of a line that is not its end.</summary>
        public void Append(ReadOnlySpan<byte> part)
        {
            if (part.IsEmpty)
                return;
            _isInLine = true;
            (_begun ??= new XxHash128()).Append(part);
            _position += part.Length;
        }

        /// <summary>Takes the rest of a line.</summary>
        /// <param name="part">It ends with the newline.</param>
        /// <param name="start">Where the line began.</param>
        /// <param name="place">How many lines came before it.</param>
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
