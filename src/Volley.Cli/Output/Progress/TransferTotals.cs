namespace Volley.Cli.Output.Progress;

/// <summary>The files and bytes that the transfers of a run have moved, and how many are expected, over all targets.</summary>
/// <param name="targets">The number of targets of the run.</param>
internal sealed class TransferTotals(int targets)
{
    private readonly Dictionary<int, (long Bytes, long? Total, long Files)> _nodes = [];
    private long _expected;
    private int _known;

    /// <summary>The number of bytes that are done.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number of files that are complete.</summary>
    public long Files { get; private set; }

    /// <summary>
    /// The number of bytes of the whole run; null while it is not known. Targets that have not reported their size count with the average
    /// of the others.
    /// </summary>
    public long? Expected => _known == 0 ? null : Math.Max(Bytes, (long)((double)_expected / _known * targets));

    /// <summary>Takes an event into account. Only events of transfers have an effect.</summary>
    public void Add(NodeEvent nodeEvent)
    {
        var index = nodeEvent.Target.Index;
        switch (nodeEvent)
        {
            case NodeProgress progress:
                Set(index, progress.Bytes, progress.TotalBytes, progress.Files);
                break;
            case NodeConnecting when _nodes.ContainsKey(index):
                Set(index, 0, null, 0);
                break;
            case NodeFinished { Result: { TransferredFiles: > 0 } or { TransferredBytes: > 0 } } finished:
                var (bytes, total, _) = _nodes.GetValueOrDefault(index);
                bytes = Math.Max(bytes, finished.Result.TransferredBytes);
                Set(index, finished.Result.Succeeded ? Math.Max(bytes, total ?? 0) : bytes, total ?? bytes, finished.Result.TransferredFiles);
                break;
        }
    }

    private void Set(int index, long bytes, long? total, long files)
    {
        var before = _nodes.GetValueOrDefault(index);
        _nodes[index] = (bytes, total, files);
        Bytes += bytes - before.Bytes;
        Files += files - before.Files;
        _expected += (total ?? 0) - (before.Total ?? 0);
        _known += (total is null ? 0 : 1) - (before.Total is null ? 0 : 1);
    }
}
