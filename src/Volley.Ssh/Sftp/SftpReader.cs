using System.Buffers;
using Volley.Interop.Waiting;

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

    private readonly SftpFile _file = file;
    private readonly int _partLength = file.MaxReadLength;
    private readonly int _maxWindow = Math.Max(2, MaxBytesInFlight / file.MaxReadLength);
    private readonly Queue<Part> _parts = [];
    private readonly Stack<Part> _free = [];
    private readonly AsyncSignal _arrived = new();
    private Part? _current;
    private long _next = offset;
    private int _window = 1;
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
            if (_current is { } current)
            {
                if (current.TryTake(buffer.Span, out var count))
                    return count;
                _current = null;
                Release(current);
            }
            Request();
            var next = _parts.Peek();
            while (!next.IsDone)
                await _arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
            next.ThrowIfFailed();
            _current = _parts.Dequeue();
            if (!_current.IsFull)
                StartAgain(_current.End);
            if (_current.IsEmpty)
            {
                Release(_current);
                _current = null;
                return 0;
            }
        }
    }

    protected override ValueTask EndAsync()
    {
        if (_isDisposed)
            return ValueTask.CompletedTask;
        _isDisposed = true;
        if (_current is { } current)
            Release(current);
        _current = null;
        Abandon();
        while (_free.TryPop(out var part))
            part.Drop();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Drops the requests behind the end of the file. If the file has grown since, their answers would leave a gap. From here on one request at a
    /// time finds out.
    /// </summary>
    private void StartAgain(long end)
    {
        _isEndKnown = true;
        _next = end;
        Abandon();
    }

    private void Abandon()
    {
        while (_parts.TryDequeue(out var part))
            part.Drop();
    }

    private void Request()
    {
        _window = Math.Min(_window * 2, _maxWindow);
        var window = _isEndKnown ? 1 : _window;
        while (_parts.Count < window)
        {
            if (!_free.TryPop(out var part))
                part = new(this);
            _parts.Enqueue(part);
            part.Begin(_next);
            _next += _partLength;
        }
    }

    private void Release(Part part) => _free.Push(part);

    private sealed class Part(SftpReader reader) : SftpRequest
    {
        private readonly SftpFile _file = reader._file;
        private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(reader._partLength);
        private readonly Lock _lock = new();
        private SftpException? _failure;
        private bool _isDropped;
        private long _offset;
        private int _count;
        private int _taken;
        private volatile bool _isDone;

        public bool IsDone => _isDone;

        public bool IsEmpty => _count == 0;

        public bool IsFull => _count == reader._partLength;

        /// <summary>The offset behind the last byte.</summary>
        public long End => _offset + _count;

        public void Begin(long offset)
        {
            (_offset, _count, _taken, _isDone) = (offset, 0, 0, false);
            Continue();
        }

        public bool TryTake(Span<byte> buffer, out int count)
        {
            count = Math.Min(buffer.Length, _count - _taken);
            _bytes.AsSpan(_taken, count).CopyTo(buffer);
            _taken += count;
            return count > 0;
        }

        public void ThrowIfFailed()
        {
            if (_failure is not null)
                throw _failure.Copy(_file.Path);
        }

        /// <summary>Ends the use of the bytes by the connection, and of the part.</summary>
        public void Drop()
        {
            lock (_lock)
            {
                _isDropped = true;
                _file.TryAbandon(this);
            }
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        public override void Complete(SftpReply reply)
        {
            try
            {
                var count = _file.GetReadCount(reply);
                _count += count;
                if (count > 0 && !IsFull)
                {
                    Continue();
                    return;
                }
            }
            catch (SftpException failure)
            {
                _failure = failure;
            }
            Done();
        }

        public override void Fail(SftpException failure)
        {
            _failure = failure;
            Done();
        }

        private void Continue()
        {
            try
            {
                // Not after the bytes were given back.
                lock (_lock)
                {
                    if (!_isDropped)
                        _file.PostRead(this, _offset + _count, _bytes.AsMemory(_count, reader._partLength - _count));
                }
            }
            catch (SftpException ended)
            {
                _failure = ended;
                Done();
            }
        }

        private void Done()
        {
            _isDone = true;
            reader._arrived.Set();
        }
    }
}
