using Microsoft.Win32.SafeHandles;
using Volley.Transports;

namespace Volley;

/// <summary>
/// What every target reads as its standard input: one source that is broadcast, each target from its beginning, however
/// late it starts.
/// </summary>
public abstract class StandardInput : IDisposable
{
    private const int ChunkSize = 32 * 1024;

    private protected StandardInput()
    {
    }

    /// <summary>Broadcasts a file, which every target reads at its own pace.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static StandardInput FromFile(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        // A pipe with a name, such as a shell's <(command), can be read only once.
        return file.CanSeek ? new FileInput(file) : new StreamInput(file, ownsSource: true);
    }

    /// <summary>
    /// Broadcasts a stream that can be read once, such as a pipe. It is read no faster than the slowest target that still
    /// reads; what targets that start later will need is kept, beyond 1 MiB in a temporary file.
    /// </summary>
    /// <param name="source">The stream; it is not disposed.</param>
    public static StandardInput FromStream(Stream source) => new StreamInput(source, ownsSource: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Feeds all of it to one command and ends the command's input, or stops quietly when the command does not read any more.</summary>
    internal async Task FeedAsync(IRemoteProcess process, CancellationToken cancellationToken)
    {
        var buffer = new byte[ChunkSize];
        using var reader = OpenReader();
        try
        {
            while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                if (!await process.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false))
                    return;
            }

            process.CloseInput();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The command has ended.
        }
    }

    private protected abstract InputReader OpenReader();

    /// <summary>Lets go of the source.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>One target's place in the input.</summary>
    private protected abstract class InputReader : IDisposable
    {
        public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

        public abstract void Dispose();
    }

    private sealed class FileInput(FileStream file) : StandardInput
    {
        private protected override InputReader OpenReader() => new Reader(file.SafeFileHandle);

        protected override void Dispose(bool disposing) => file.Dispose();

        private sealed class Reader(SafeFileHandle file) : InputReader
        {
            private long _position;

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
            {
                var count = await RandomAccess.ReadAsync(file, buffer, _position, cancellationToken).ConfigureAwait(false);
                _position += count;
                return count;
            }

            public override void Dispose()
            {
            }
        }
    }

    /// <summary>A stream that is read once and remembered. The reader that is furthest ahead pulls it.</summary>
    private sealed class StreamInput(Stream source, bool ownsSource) : StandardInput
    {
        /// <summary>How far the fastest reader may be ahead of the slowest.</summary>
        private const long Lead = 1024 * 1024;

        private readonly Lock _lock = new();
        private readonly SpillBuffer _seen = new();
        private readonly List<Reader> _readers = [];
        private readonly byte[] _chunk = new byte[ChunkSize];
        private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task<int>? _pull;
        private bool _ended;

        private protected override InputReader OpenReader()
        {
            var reader = new Reader(this);
            lock (_lock)
                _readers.Add(reader);
            return reader;
        }

        protected override void Dispose(bool disposing)
        {
            _seen.Dispose();
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
                    if (_seen.Read(reader.Position, buffer.Span) is > 0 and var count)
                    {
                        reader.Position += count;
                        Advance();
                        return count;
                    }

                    if (_ended)
                        return 0;
                    wait = _readers.Min(r => r.Position) + Lead > _seen.Length ? Pull() : _progress.Task;
                }

                await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        /// <summary>Reads the source once for all who wait. It goes on if the one who began it leaves.</summary>
        private Task<int> Pull()
        {
            return _pull ??= PullAsync();

            async Task<int> PullAsync()
            {
                await Task.Yield();
                var count = await source.ReadAsync(_chunk, CancellationToken.None).ConfigureAwait(false);
                lock (_lock)
                {
                    _seen.Append(_chunk.AsSpan(0, count));
                    _ended = count == 0;
                    _pull = null;
                    Advance();
                }

                return count;
            }
        }

        private void Close(Reader reader)
        {
            lock (_lock)
            {
                _readers.Remove(reader);
                Advance();
            }
        }

        private void Advance()
        {
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
