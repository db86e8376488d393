using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Transfers.Sources;

/// <summary>
/// Reads the source files for all hosts. Hosts that are at about the same place of a file use the same block in memory. A host that has fallen behind
/// reads the block for itself, so it neither delays the others nor makes the memory grow.
/// </summary>
/// <param name="blockLength">The length of a block, a power of two.</param>
/// <param name="keepsBlocks">Whether blocks stay in memory for a while after their last use, for the hosts that follow.</param>
internal sealed class SharedSource(int blockLength, bool keepsBlocks)
{
    private const long MaxKeptBytes = 48 << 20;
    private const int HashBufferLength = 1 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<(LocalEntry, long), SourceBlock> _blocks = [];
    private readonly Dictionary<LocalEntry, SourceFile> _files = [];
    private readonly ConcurrentDictionary<(LocalEntry, long), Lazy<Task<byte[]>>> _hashes = [];
    // Blocks without users, the oldest first. A block that found users again is still in it and is skipped.
    private readonly Queue<SourceBlock> _kept = [];
    private long _keptBytes;

    public int BlockLength => blockLength;

    /// <summary>Opens a file. The file itself is opened at the first block that is not in memory.</summary>
    public SourceFile Open(LocalEntry entry)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(entry, out var file))
                _files.Add(entry, file = new SourceFile(this, entry));
            file.Users++;
            return file;
        }
    }

    /// <summary>Returns the SHA-256 of the first bytes of a file, which is computed once for all hosts.</summary>
    /// <exception cref="TransferException">The file can't be read, or has changed.</exception>
    public Task<byte[]> HashAsync(LocalEntry entry, long length) =>
        _hashes.GetOrAdd((entry, length), key => new(() => Task.Run(() => Hash(key.Item1, key.Item2)))).Value;

    /// <summary>Returns the exception for a file that is not as it was before the run.</summary>
    public static TransferException Changed(LocalEntry entry) => new(entry.Path, "the file changed while it was read");

    /// <summary>Reads bytes of a file until the buffer is full.</summary>
    /// <exception cref="TransferException">The file ends before.</exception>
    public static void Read(LocalEntry entry, SafeFileHandle file, Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            var count = RandomAccess.Read(file, buffer, offset);
            if (count == 0)
                throw Changed(entry);
            buffer = buffer[count..];
            offset += count;
        }
    }

    /// <summary>Checks that a file is as it was before the run.</summary>
    /// <exception cref="TransferException">It has changed.</exception>
    public static void Check(LocalEntry entry, SafeFileHandle file)
    {
        if (FileStatus.Of(file) is not { IsRegular: true } status || status.Length != entry.Length
            || status.WriteTime != entry.WriteTime || status.Number != entry.Number)
            throw Changed(entry);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="TransferException">It can't be opened, or has changed.</exception>
    public static SafeFileHandle OpenHandle(LocalEntry entry)
    {
        // Only the operand itself may be a symbolic link. A pipe that has replaced the file must not block.
        var flags = FileCalls.ReadOnly | FileCalls.NonBlocking | (entry.RelativeName.Length > 0 && !entry.IsFollowed ? FileCalls.NoFollow : 0);
        var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, entry.Path, flags, out var error)
            ?? throw new TransferException(entry.Path, Errno.Text(error));
        try
        {
            Check(entry, file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Returns a block of a file, read by this call if it is not in memory.</summary>
    /// <exception cref="TransferException">The file can't be read, or has changed.</exception>
    public SourceBlock Rent(SourceFile file, long offset, int count)
    {
        SourceBlock? block;
        lock (_lock)
        {
            var key = (file.Entry, offset);
            if (!_blocks.TryGetValue(key, out block) || block.Count != count)
                _blocks[key] = block = new SourceBlock(this, file.Entry, offset, count);
            else if (block.Users == 0)
                _keptBytes -= block.Count;
            block.Users++;
        }

        try
        {
            block.Load(file.GetHandle);
            return block;
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    /// <summary>Ends the use of a block.</summary>
    public void Return(SourceBlock block)
    {
        lock (_lock)
        {
            if (--block.Users > 0)
                return;
            _keptBytes += block.Count;
            _kept.Enqueue(block);
            while (_keptBytes > (keepsBlocks ? MaxKeptBytes : 0) && _kept.TryDequeue(out var oldest))
                Drop(oldest);
        }
    }

    /// <summary>Ends the use of a file.</summary>
    public void Return(SourceFile file)
    {
        lock (_lock)
        {
            if (--file.Users > 0)
                return;
            _files.Remove(file.Entry);
        }

        file.Close();
    }

    private void Drop(SourceBlock block)
    {
        // It has users again, or it was dropped through an earlier place in the queue.
        if (block.Users > 0 || block.IsDropped)
            return;
        block.IsDropped = true;
        _keptBytes -= block.Count;
        if (_blocks.TryGetValue((block.Entry, block.Offset), out var current) && current == block)
            _blocks.Remove((block.Entry, block.Offset));
        block.Release();
    }

    private static byte[] Hash(LocalEntry entry, long length)
    {
        if (entry.Content is { } content)
            return SHA256.HashData(content.AsSpan(0, (int)length));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = OpenHandle(entry);
        // From the pool: with many small files, new memory would cost more than the hashes.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length, 1, HashBufferLength));
        try
        {
            for (long offset = 0; offset < length;)
            {
                var count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset)), offset);
                if (count == 0)
                    throw Changed(entry);
                hash.AppendData(buffer, 0, count);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Check(entry, file);
        return hash.GetHashAndReset();
    }
}
