using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Transfers.Sources;

/// <summary>A source file that hosts are reading. Disposing ends one use; the file is closed with the last one.</summary>
/// <param name="owner">The source that counts the users.</param>
/// <param name="entry">The file.</param>
internal sealed class SourceFile(SharedSource owner, LocalEntry entry) : IDisposable
{
    private readonly Lock _lock = new();
    private SafeFileHandle? _handle;

    public LocalEntry Entry => entry;

    /// <summary>The number of users. The owner changes it under its lock.</summary>
    public int Users { get; set; }

    /// <summary>Returns the open file.</summary>
    /// <exception cref="TransferException">It can't be opened, or has changed.</exception>
    public SafeFileHandle GetHandle()
    {
        lock (_lock)
            return _handle ??= SharedSource.OpenHandle(entry);
    }

    /// <summary>Returns the next part of the file that is not a hole, from an offset on; null if none follows.</summary>
    /// <exception cref="TransferException">The file can't be opened, or has changed.</exception>
    public (long Start, long End)? FindData(long offset)
    {
        if (offset >= entry.Length)
            return null;
        if (!entry.IsSparse)
            return (offset, entry.Length);
        var file = GetHandle();
        if (Descriptor.FindData(file, offset) is not { } start || start >= entry.Length)
            return null;
        return (start, Math.Min(Descriptor.FindHole(file, start) ?? entry.Length, entry.Length));
    }

    /// <summary>Returns the block at an offset, which ends at the end of the data or at a multiple of the block length.</summary>
    /// <exception cref="TransferException">The file can't be read, or has changed.</exception>
    public SourceBlock Rent(long offset, int count) => owner.Rent(this, offset, count);

    /// <summary>Returns the length of the block at an offset, for data up to an end.</summary>
    public int GetBlockLength(long offset, long end) => (int)Math.Min(owner.BlockLength - (offset & (owner.BlockLength - 1)), end - offset);

    public void Close()
    {
        lock (_lock)
        {
            _handle?.Dispose();
            _handle = null;
        }
    }

    public void Dispose() => owner.Return(this);
}
