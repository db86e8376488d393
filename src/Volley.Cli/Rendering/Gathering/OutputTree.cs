namespace Volley.Cli.Rendering.Gathering;

/// <summary>
/// What many nodes print, with what their outputs begin with in common kept once. It compares bytes, not hashes, and it is all
/// the same to it in which pieces and in which order they come. Beyond a few MiB it lies in a temporary file that has no name.
/// </summary>
internal sealed class OutputTree : IDisposable
{
    private const int MemoryLimit = 4 * 1024 * 1024;

    private readonly SpillBuffer _store = new(MemoryLimit);
    private readonly byte[] _buffer = new byte[64 * 1024];

    public OutputTree()
    {
        Root = new OutputPlace(new OutputBranch(_store, fork: null), 0);
    }

    /// <summary>The place of an output without a byte.</summary>
    public OutputPlace Root { get; }

    /// <summary>Finds the place of an output that goes on; what nobody has sent there before is added.</summary>
    /// <returns>The place of the longer output.</returns>
    /// <exception cref="IOException">The temporary file can't be written or read.</exception>
    public OutputPlace Append(OutputPlace place, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var (branch, offset) = place;
            if (offset == branch.Length)
            {
                branch.Append(data);
                return place with { Offset = branch.Length };
            }

            var known = _buffer.AsSpan(0, branch.Read(offset, _buffer.AsSpan(0, Math.Min(data.Length, _buffer.Length))));
            var common = known.CommonPrefixLength(data);
            data = data[common..];
            place = common < known.Length
                ? new OutputPlace(branch.ForkAt(offset + common, data[0]), 0)
                : place with { Offset = offset + common };
        }

        return place;
    }

    public void Dispose() => _store.Dispose();
}
