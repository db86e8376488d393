using Volley.Input;

namespace Volley.Cli.Output.Gathering;

/// <summary>
/// A prefix tree of the outputs of many nodes, which stores common beginnings once. It compares bytes, not hashes, and does not depend on
/// the size and order of the chunks. Beyond 4 MiB it spills into a temporary file without a name.
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

    /// <summary>The place of an empty output.</summary>
    public OutputPlace Root { get; }

    /// <summary>Extends an output, and adds the bytes that the tree does not contain at that place yet.</summary>
    /// <returns>The place of the extended output.</returns>
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
