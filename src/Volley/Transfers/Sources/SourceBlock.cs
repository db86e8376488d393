using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Volley.Transfers.Sources;

/// <summary>A part of a source file in memory, which several hosts use at the same time. Disposing returns it to the shared source.</summary>
/// <param name="owner">The source that counts the users.</param>
/// <param name="entry">The file.</param>
/// <param name="offset">The offset of the first byte.</param>
/// <param name="count">The number of bytes.</param>
internal sealed class SourceBlock(SharedSource owner, LocalEntry entry, long offset, int count) : IDisposable
{
    private readonly Lock _lock = new();
    private byte[]? _bytes;

    public LocalEntry Entry => entry;

    public long Offset => offset;

    public int Count => count;

    /// <summary>The number of users. The owner changes it under its lock.</summary>
    public int Users { get; set; }

    /// <summary>Whether the owner has released it.</summary>
    public bool IsDropped { get; set; }

    public ReadOnlyMemory<byte> Data => _bytes.AsMemory(0, count);

    /// <summary>Reads the bytes, unless an earlier user has.</summary>
    /// <param name="open">Returns the open file.</param>
    /// <exception cref="TransferException">The file can't be read, or ends early.</exception>
    public void Load(Func<SafeFileHandle> open)
    {
        lock (_lock)
        {
            if (_bytes is not null)
                return;
            var bytes = ArrayPool<byte>.Shared.Rent(count);
            try
            {
                if (entry.Content is { } content)
                {
                    content.AsSpan((int)offset, count).CopyTo(bytes);
                }
                else
                {
                    var file = open();
                    SharedSource.Read(entry, file, bytes.AsSpan(0, count), offset);
                    SharedSource.Check(entry, file);
                }

                _bytes = bytes;
            }
            finally
            {
                if (_bytes is null)
                    ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }

    /// <summary>Releases the memory. No user may be left.</summary>
    public void Release()
    {
        if (_bytes is not null)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = null;
    }

    public void Dispose() => owner.Return(this);
}
