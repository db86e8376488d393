namespace Volley.Cli.Rendering.Gathering;

/// <summary>
/// Finds the lines that all running nodes have sent, each stream for itself. A node counts as running from when it leaves the
/// queue to its end.
/// </summary>
/// <param name="window">How many nodes are started at once at the beginning; no line is shown until all of them are.</param>
/// <param name="show">Shows a part of what a node has sent: whole lines.</param>
internal sealed class LiveLines(int window, LiveLines.Show show)
{
    private readonly LiveStream _stdout = new(StreamKind.Stdout, show);
    private readonly LiveStream _stderr = new(StreamKind.Stderr, show);
    private readonly HashSet<GatheredNode> _running = [];
    private int _awaited = window;

    /// <summary>Shows a part of what a node has sent.</summary>
    internal delegate void Show(GatheredNode node, StreamKind stream, long from, long to);

    /// <summary>Whether any line was shown.</summary>
    public bool HasShown => _stdout.HasShown || _stderr.HasShown;

    /// <summary>A node has left the queue.</summary>
    public void Start(GatheredNode node)
    {
        _running.Add(node);
        _awaited--;
        Advance();
    }

    /// <summary>A running node has sent something.</summary>
    public void Append(GatheredNode node, StreamKind stream, ReadOnlySpan<byte> data)
    {
        var lines = stream == StreamKind.Stdout ? _stdout : _stderr;
        lines.Append(node, data);
        lines.Advance(_awaited > 0 ? 0 : _running.Count);
    }

    /// <summary>A node has ended.</summary>
    public void Finish(GatheredNode node)
    {
        if (!_running.Remove(node))
            _awaited--;
        _stdout.Remove(node);
        _stderr.Remove(node);
        Advance();
    }

    /// <summary>The parts of an output that were not shown, if all nodes sent the same one.</summary>
    public IEnumerable<(long From, long To)> NotShown(StreamKind stream, long from, long to) =>
        (stream == StreamKind.Stdout ? _stdout : _stderr).NotShown(from, to);

    private void Advance()
    {
        var running = _awaited > 0 ? 0 : _running.Count;
        _stdout.Advance(running);
        _stderr.Advance(running);
    }
}
