namespace Volley.Cli.Terminal;

/// <summary>Output that waits to be written, in order, for one file or two that are the same. Not for several threads at once.</summary>
internal sealed class PendingOutput
{
    /// <summary>Buffers up to this size are used again: the collector would take them back at a high price.</summary>
    private const int LargestKept = 512 * 1024;

    private const int MostKept = 2;

    private readonly Stack<MemoryStream> _free = [];
    private List<(IOutputFile File, MemoryStream Bytes)> _pieces = [];

    /// <summary>How many bytes wait.</summary>
    public int Bytes { get; private set; }

    public bool IsEmpty => _pieces.Count == 0;

    /// <summary>Appends output.</summary>
    public void Append(IOutputFile file, ReadOnlySpan<byte> data)
    {
        if (_pieces.Count == 0 || _pieces[^1].File != file)
            _pieces.Add((file, _free.TryPop(out var free) ? free : new MemoryStream()));
        _pieces[^1].Bytes.Write(data);
        Bytes += data.Length;
    }

    /// <summary>Takes all that waits: pieces, each for one file.</summary>
    public List<(IOutputFile File, MemoryStream Bytes)> Take()
    {
        var taken = _pieces;
        Clear();
        return taken;
    }

    /// <summary>Takes back the buffers of what was taken.</summary>
    public void Return(List<(IOutputFile File, MemoryStream Bytes)> taken)
    {
        foreach (var (_, bytes) in taken)
        {
            bytes.SetLength(0);
            if (_free.Count < MostKept && bytes.Capacity <= LargestKept)
                _free.Push(bytes);
        }
    }

    /// <summary>Forgets all that waits.</summary>
    public void Clear()
    {
        _pieces = [];
        Bytes = 0;
    }
}
