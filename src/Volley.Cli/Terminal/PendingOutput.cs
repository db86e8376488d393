namespace Volley.Cli.Terminal;

/// <summary>A queue of output for one file, or for two descriptors of the same file, in order. It is not thread-safe.</summary>
internal sealed class PendingOutput
{
    /// <summary>The largest buffer to reuse, in bytes. Reuse avoids the cost of collecting large buffers.</summary>
    private const int LargestKept = 512 * 1024;

    private const int MaxKeptBuffers = 2;

    private readonly Stack<MemoryStream> _free = [];
    private List<(IOutputFile File, MemoryStream Bytes)> _pieces = [];

    /// <summary>The number of bytes in the queue.</summary>
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

    /// <summary>Removes and returns all output, as pieces for one file each.</summary>
    public List<(IOutputFile File, MemoryStream Bytes)> Take()
    {
        var taken = _pieces;
        Clear();
        return taken;
    }

    /// <summary>Returns the buffers of removed output for reuse.</summary>
    public void Return(List<(IOutputFile File, MemoryStream Bytes)> taken)
    {
        foreach (var (_, bytes) in taken)
        {
            bytes.SetLength(0);
            if (_free.Count < MaxKeptBuffers && bytes.Capacity <= LargestKept)
                _free.Push(bytes);
        }
    }

    /// <summary>Discards all output.</summary>
    public void Clear()
    {
        _pieces = [];
        Bytes = 0;
    }
}
