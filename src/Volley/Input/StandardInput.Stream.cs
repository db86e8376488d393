using Volley.Input;
using Volley.Interop.Blocking;
using Volley.Interop.Waiting;

namespace Volley;

/// <content>Inputs that can be read only once.</content>
public abstract partial class StandardInput
{
    /// <summary>
    /// A stream that is read once, on demand of the reader that is furthest ahead. Data is stored from the beginning until the last
    /// expected target has begun to read; data after that is stored until the slowest reader has read it.
    /// </summary>
    private sealed class StreamInput(Stream source, bool ownsSource) : StandardInput
    {
        /// <summary>How many bytes the fastest reader may be ahead of the slowest.</summary>
        private const long Lead = 1024 * 1024;

        private readonly Lock _lock = new();
        private readonly SpillBuffer _beginning = new();
        private readonly Queue<byte[]> _recent = new();
        private readonly List<Reader> _readers = [];
        private readonly byte[] _chunk = new byte[ChunkSize];
        private readonly AsyncCondition _progress = new();
        private Task<int>? _pull;
        private long _recentStart;
        private long _length;
        private int _yetToRead;
        private bool _hasRun;
        private bool _isDisposed;
        private bool _ended;

        internal override long KeptForLateStarters
        {
            get
            {
                lock (_lock)
                    return _beginning.Length;
            }
        }

        internal override void BeginRun(int targets)
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, typeof(StandardInput));
                // A second run would read what the first has left: nothing, or the rest.
                if (_hasRun)
                    throw new InvalidOperationException("a standard input from a stream serves one run; create another one, or use StandardInput.FromFile");
                _hasRun = true;
                _yetToRead = targets;
            }
        }

        internal override void Forgo()
        {
            lock (_lock)
                _yetToRead--;
        }

        private protected override InputReader OpenReader()
        {
            var reader = new Reader(this);
            lock (_lock)
            {
                _readers.Add(reader);
                _yetToRead--;
            }

            return reader;
        }

        protected override void Dispose(bool disposing)
        {
            lock (_lock)
                _isDisposed = true;
            _beginning.Dispose();
            if (ownsSource)
                source.Dispose();
        }

        private async ValueTask<int> ReadAsync(Reader reader, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task wait;
                lock (_lock)
                {
                    if (Read(reader.Position, buffer.Span) is > 0 and var count)
                    {
                        reader.Position += count;
                        Advance();
                        return count;
                    }

                    if (_ended)
                        return 0;
                    wait = _readers.Min(r => r.Position) + Lead > _length ? Pull() : _progress.WaitAsync();
                }

                await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        private int Read(long position, Span<byte> buffer)
        {
            if (position < _beginning.Length)
                return _beginning.Read(position, buffer);
            var start = _recentStart;
            foreach (var chunk in _recent)
            {
                if (position < start + chunk.Length)
                {
                    var part = chunk.AsSpan((int)(position - start));
                    part = part[..Math.Min(part.Length, buffer.Length)];
                    part.CopyTo(buffer);
                    return part.Length;
                }

                start += chunk.Length;
            }

            return 0;
        }

        /// <summary>Starts one read of the source for all waiting readers. It continues if the reader that started it leaves.</summary>
        private Task<int> Pull()
        {
            return _pull ??= PullAsync();

            async Task<int> PullAsync()
            {
                await Task.Yield();
                // Asynchronous reads of a synchronous file or pipe block a thread of the pool, so they run on their own threads.
                var count = source is FileStream { IsAsync: false } file
                    ? await BlockingWork.Files.RunAsync("reading the input", () => file.Read(_chunk), CancellationToken.None).ConfigureAwait(false)
                    : await source.ReadAsync(_chunk, CancellationToken.None).ConfigureAwait(false);
                lock (_lock)
                {
                    Keep(_chunk.AsSpan(0, count));
                    _ended = count == 0;
                    _pull = null;
                    Advance();
                }

                return count;
            }
        }

        private void Keep(ReadOnlySpan<byte> data)
        {
            // Recent chunks follow the beginning: once there is one, everything after it must be recent too.
            if (_recent.Count == 0 && _yetToRead > 0 && _recentStart == 0)
            {
                _beginning.Append(data);
            }
            else if (!data.IsEmpty)
            {
                if (_recent.Count == 0 && _recentStart == 0)
                    _recentStart = _length;
                _recent.Enqueue(data.ToArray());
            }

            _length += data.Length;
        }

        private void Close(Reader reader)
        {
            lock (_lock)
            {
                _readers.Remove(reader);
                Advance();
            }
        }

        /// <summary>Releases the chunks that every reader has read, and wakes the waiting readers.</summary>
        private void Advance()
        {
            var slowest = _readers.Count == 0 ? _length : _readers.Min(r => r.Position);
            while (_recent.TryPeek(out var first) && _recentStart + first.Length <= slowest)
                _recentStart += _recent.Dequeue().Length;
            _progress.PulseAll();
        }

        private sealed class Reader(StreamInput input) : InputReader
        {
            public long Position { get; set; }

            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
                input.ReadAsync(this, buffer, cancellationToken);

            public override void Dispose() => input.Close(this);
        }
    }
}
