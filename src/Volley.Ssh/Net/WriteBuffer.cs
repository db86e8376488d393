using System.Buffers;
using Volley.Interop.Waiting;

namespace Volley.Ssh.Net;

/// <summary>
/// The bytes that a packet stream is about to write. More can be added while the previous ones are being written, so that one write takes as many
/// as have accumulated. Its members require the lock, except <see cref="Flush"/>.
/// </summary>
/// <param name="stream">The stream to write to.</param>
/// <param name="gate">The lock of the packet stream.</param>
/// <param name="broken">Called without the lock after a write has failed.</param>
internal sealed class WriteBuffer(Stream stream, Lock gate, Action<Exception> broken)
{
    /// <summary>The number of bytes that are written without being flushed, and behind a pending write at which the writer must wait.</summary>
    private const int FullAt = 64 << 10;

    private readonly AsyncCondition _taken = new();
    private byte[]? _bytes;
    private bool _isBroken;

    /// <summary>The number of buffered bytes, without those that are being written.</summary>
    public int Length { get; private set; }

    /// <summary>Whether a write is pending.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Whether there are enough bytes to write them without a flush.</summary>
    public bool IsFull => Length >= FullAt;

    /// <summary>Adds bytes and returns them to be filled.</summary>
    public Span<byte> Claim(int count)
    {
        var needed = Length + count;
        if (_bytes is null || _bytes.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(needed);
            if (_bytes is not null)
            {
                _bytes.AsSpan(0, Length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_bytes);
            }
            _bytes = larger;
        }
        Length = needed;
        return _bytes.AsSpan(needed - count, count);
    }

    /// <summary>Returns a task that completes when the pending write has ended.</summary>
    public Task WaitAsync() => _taken.WaitAsync();

    /// <summary>Resumes the callers that wait for the pending write.</summary>
    public void Resume() => _taken.PulseAll();

    /// <summary>Stops writing, because the stream is broken.</summary>
    public void Break() => _isBroken = true;

    /// <summary>Drops the buffered bytes. A pending write ends with the stream.</summary>
    public void Drop()
    {
        if (_bytes is not null)
            ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, Length) = (null, 0);
    }

    /// <summary>Starts to write the buffered bytes, unless a write is pending, which takes them along. Does not wait.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (IsWriting || Length == 0)
                return;
            IsWriting = true;
        }
        _ = WriteAsync();
    }

    private async Task WriteAsync()
    {
        while (TryTake(out var bytes, out var length))
        {
            try
            {
                await stream.WriteAsync(bytes.AsMemory(0, length)).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // After any failure the stream can't be used, and the next writer gets the error.
            catch (Exception e)
#pragma warning restore CA1031
            {
                lock (gate)
                    Break();
                broken(e);
                continue;
            }
            // Not returned after a failure, because the stream may still use the array.
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private bool TryTake(out byte[] bytes, out int length)
    {
        lock (gate)
        {
            _taken.PulseAll();
            IsWriting = Length > 0 && !_isBroken;
            (bytes, length) = IsWriting ? (_bytes!, Length) : ([], 0);
            if (IsWriting)
                (_bytes, Length) = (null, 0);
            return IsWriting;
        }
    }
}
