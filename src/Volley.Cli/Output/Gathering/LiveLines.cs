namespace Volley.Cli.Output.Gathering;

/// <summary>
/// Finds the lines that all running nodes have sent, separately for each stream. A node counts as running from its start, when it leaves
/// the queue, to its end.
/// </summary>
/// <param name="window">The number of nodes that start at once. No line is shown before all of them have started.</param>
/// <param name="show">Shows whole lines of a node.</param>
internal sealed class LiveLines(int window, LiveLines.Show show)
{
    private readonly LiveStream _stdout = new(StreamKind.Stdout, show);
    private readonly LiveStream _stderr = new(StreamKind.Stderr, show);
    private readonly HashSet<GatheredNode> _running = [];
    private int _awaited = window;

    /// <summary>Shows a range of a node's output.</summary>
    internal delegate void Show(GatheredNode node, StreamKind stream, long from, long to);

    /// <summary>Whether any line was shown.</summary>
    public bool HasShown => _stdout.HasShown || _stderr.HasShown;

    /// <summary>Records that a node has left the queue.</summary>
    public void Start(GatheredNode node)
    {
        _running.Add(node);
        _awaited--;
        Advance();
    }

    /// <summary>Adds output of a running node.</summary>
    public void Append(GatheredNode node, StreamKind stream, ReadOnlySpan<byte> data)
    {
        var lines = stream == StreamKind.Stdout ? _stdout : _stderr;
        lines.Append(node, data);
        lines.Advance(_awaited > 0 ? 0 : _running.Count);
    }

    /// <summary>Replaces a running node, whose command is retried, by one without output.</summary>
    public void Replace(GatheredNode node, GatheredNode next)
    {
        _running.Remove(node);
        _running.Add(next);
        _stdout.Remove(node);
        _stderr.Remove(node);
        Advance();
    }

    /// <summary>Records the end of a node.</summary>
    public void Finish(GatheredNode node)
    {
        if (!_running.Remove(node))
            _awaited--;
        _stdout.Remove(node);
        _stderr.Remove(node);
        Advance();
    }

    /// <summary>Returns the ranges of an output that were not shown. They are valid only if all nodes sent the same output.</summary>
    public IEnumerable<(long From, long To)> NotShown(StreamKind stream, long from, long to) =>
        (stream == StreamKind.Stdout ? _stdout : _stderr).NotShown(from, to);

    private void Advance()
    {
        var running = _awaited > 0 ? 0 : _running.Count;
        _stdout.Advance(running);
        _stderr.Advance(running);
    }
}
