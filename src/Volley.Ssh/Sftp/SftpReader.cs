using System.Buffers;

namespace Volley.Ssh.Sftp;

/// <summary>
/// Reads a remote file in order, with requests ahead of the reader. The number of requests in flight doubles with each answered one, so a short
/// file costs few. A short answer is completed with further requests.
/// </summary>
/// <param name="file">The file. The stream does not close it.</param>
/// <param name="offset">The first offset.</param>
internal sealed class SftpReader(SftpFile file, long offset) : ForwardStream
{
    // The largest receive window of a channel has 2 MiB; twice that keeps it filled while answers travel.
    private const int MaxBytesInFlight = 4 << 20;
    private const int MaxPart = 64 << 10;

    private readonly int _partLength = Math.Min(file.MaxReadLength, MaxPart);
    private readonly Queue<Part> _parts = [];
    private readonly CancellationTokenSource _ending = new();
    private Part? _current;
    private long _next = offset;
    private int _window = 2;
    private bool _isEndKnown;
    private bool _isDisposed;

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (buffer.IsEmpty)
            return 0;
        while (true)
        {
            if (_current is { } current && current.Read < current.Count)
                return current.CopyTo(buffer);
            if (_current is { Count: 0 })
                return 0;
            _current?.Return();
            _current = null;
            Request();
            var next = _parts.Peek();
            await next.Arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
            _current = _parts.Dequeue();
            if (_current.Count < _current.Length)
                await StartAgainAsync(_current.End).ConfigureAwait(false);
        }
    }

    protected override async ValueTask EndAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _ending.CancelAsync().ConfigureAwait(false);
        _current?.Return();
        _current = null;
        while (_parts.TryDequeue(out var part))
            await part.AbandonAsync().ConfigureAwait(false);
        _ending.Dispose();
    }

    /// <summary>
    /// Drops the requests behind the end of the file. If the file has grown since, their answers would leave a gap. From here on one request at a
    /// time finds out.
    /// </summary>
    private async ValueTask StartAgainAsync(long end)
    {
        _isEndKnown = true;
        _next = end;
        while (_parts.TryDequeue(out var part))
            await part.AbandonAsync().ConfigureAwait(false);
    }

    private void Request()
    {
        _window = Math.Min(_window * 2, Math.Max(1, MaxBytesInFlight / _partLength));
        var window = _isEndKnown ? 1 : _window;
        while (_parts.Count < window)
        {
            _parts.Enqueue(new(file, _next, _partLength, _ending.Token));
            _next += _partLength;
        }
    }

    private sealed class Part
    {
        private readonly byte[] _bytes;
        private readonly long _offset;

        public Part(SftpFile file, long offset, int length, CancellationToken cancellationToken)
        {
            _offset = offset;
            Length = length;
            _bytes = ArrayPool<byte>.Shared.Rent(length);
            Arrival = ReadAsync(file, offset, cancellationToken);
        }

        public int Length { get; }

        public int Count { get; private set; }

        public int Read { get; private set; }

        /// <summary>The offset behind the last byte.</summary>
        public long End => _offset + Count;

        public Task Arrival { get; }

        public int CopyTo(Memory<byte> buffer)
        {
            var count = Math.Min(buffer.Length, Count - Read);
            _bytes.AsSpan(Read, count).CopyTo(buffer.Span);
            Read += count;
            return count;
        }

        public void Return() => ArrayPool<byte>.Shared.Return(_bytes);

        public async ValueTask AbandonAsync()
        {
            await Arrival.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Return();
        }

        private async Task ReadAsync(SftpFile file, long offset, CancellationToken cancellationToken)
        {
            while (Count < Length)
            {
                var count = await file.ReadAsync(offset + Count, _bytes.AsMemory(Count, Length - Count), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    return;
                Count += count;
            }
        }
    }
}
