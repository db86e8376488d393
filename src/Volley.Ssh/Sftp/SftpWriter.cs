using System.Buffers;

namespace Volley.Ssh.Sftp;

/// <summary>Writes a remote file in order, with requests behind the writer. Small writes are collected.</summary>
/// <param name="file">The file. The stream does not close it.</param>
/// <param name="offset">The first offset.</param>
internal sealed class SftpWriter(SftpFile file, long offset) : ForwardStream
{
    // A server's window has 2 MiB in OpenSSH; twice that keeps it filled while answers travel.
    private const int MaxBytesInFlight = 4 << 20;
    private const int MaxPart = 64 << 10;

    private readonly int _partLength = Math.Min(file.MaxWriteLength, MaxPart);
    private readonly Queue<Task> _writes = [];
    private byte[]? _part;
    private int _count;
    private long _next = offset;
    private bool _isDisposed;

    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        while (!buffer.IsEmpty)
        {
            _part ??= ArrayPool<byte>.Shared.Rent(_partLength);
            var count = Math.Min(buffer.Length, _partLength - _count);
            buffer.Span[..count].CopyTo(_part.AsSpan(_count));
            _count += count;
            buffer = buffer[count..];
            if (_count == _partLength)
                await SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends everything and waits until the server has accepted it.</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_count > 0)
            await SendAsync(cancellationToken).ConfigureAwait(false);
        while (_writes.TryPeek(out var write))
        {
            await write.WaitAsync(cancellationToken).ConfigureAwait(false);
            _ = _writes.Dequeue();
        }
    }

    protected override async ValueTask EndAsync()
    {
        if (_isDisposed)
            return;
        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _isDisposed = true;
            foreach (var write in _writes)
                await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_part is not null)
                ArrayPool<byte>.Shared.Return(_part);
            _part = null;
        }
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        // A write that failed stays the first of the queue, so that every later call fails, too.
        while (_writes.TryPeek(out var oldest) && (oldest.IsCompleted || _writes.Count >= MaxBytesInFlight / _partLength))
        {
            await oldest.WaitAsync(cancellationToken).ConfigureAwait(false);
            _ = _writes.Dequeue();
        }
        var (part, count, at) = (_part!, _count, _next);
        (_part, _count, _next) = (null, 0, _next + _count);
        _writes.Enqueue(WriteAsync(part, count, at));
    }

    private async Task WriteAsync(byte[] part, int count, long at)
    {
        try
        {
            await file.WriteAsync(at, part.AsMemory(0, count)).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }
}
