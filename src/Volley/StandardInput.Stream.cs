using Volley.Ssh.Blocking;

namespace Volley;

/// <content>The input that can be read only once.</content>
public abstract partial class StandardInput
{
    /// <summary>
    /// A stream that is read once; the reader that is furthest ahead pulls it. What comes before the last target has begun to
    /// read is kept from the beginning, what comes after that only until the slowest reader has it.
    /// </summary>
    private sealed class StreamInput(Stream source, bool ownsSource) : StandardInput
    {
        /// <summary>How far the fastest reader may be ahead of the slowest.</summary>
        private const long Lead = 1024 * 1024;

        private readonly Lock _lock = new();
        private readonly SpillBuffer _beginning = new();
        private readonly Queue<byte[]> _recent = new();
        private readonly List<Reader> _readers = [];
        private readonly byte[] _chunk = new byte[ChunkSize];
        private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task<int>? _pull;
        private long _recentStart;
        private long _length;
        private int _yetToRead = int.MaxValue;
        private bool _ended;

        internal override long KeptForLateStarters
        {
            get
            {
                lock (_lock)
                    return _beginning.Length;
            }
        }

        internal override void Expect(int targets)
        {
            lock (_lock)
                _yetToRead = targets;
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
                    wait = _readers.Min(r => r.Position) + Lead > _length ? Pull() : _progress.Task;
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

        /// <summary>Reads the source once for all who wait. It goes on if the one who began it leaves.</summary>
        private Task<int> Pull()
        {
            return _pull ??= PullAsync();

            async Task<int> PullAsync()
            {
                await Task.Yield();
                // The reads of a file or pipe block: they are only called asynchronous.
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
            // What is recent follows the beginning, so once there is some, all that comes is.
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

        /// <summary>Lets go of what every reader has, and wakes who waits.</summary>
        private void Advance()
        {
            var slowest = _readers.Count == 0 ? _length : _readers.Min(r => r.Position);
            while (_recent.TryPeek(out var first) && _recentStart + first.Length <= slowest)
                _recentStart += _recent.Dequeue().Length;
            _progress.TrySetResult();
            _progress = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
