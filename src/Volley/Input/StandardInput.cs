using Microsoft.Win32.SafeHandles;
using Volley.Interop.Blocking;
using Volley.Interop.Text;

namespace Volley;

/// <summary>
/// The standard input of all targets: one source that is broadcast. Each target reads it from the beginning, however late it
/// starts.
/// </summary>
public abstract partial class StandardInput : IDisposable
{
    private const int ChunkSize = 32 * 1024;

    private protected StandardInput()
    {
    }

    /// <summary>Broadcasts a file. Every target reads it at its own pace.</summary>
    /// <param name="path">The path. A named pipe can be read by one run only.</param>
    /// <returns>The input. It holds the file open until it is disposed.</returns>
    /// <exception cref="ArgumentException">The path is null, empty, or has a NUL.</exception>
    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not read the file.</exception>
    public static StandardInput FromFile(string path)
    {
        Argument.Text(path, nameof(path));
        var file = SystemFile.OpenStream(path);
        // A named pipe, such as a shell's <(command), can be read only once.
        return file.CanSeek ? new FileInput(file) : new StreamInput(file, ownsSource: true);
    }

    /// <summary>
    /// Broadcasts a stream that can be read once, such as a pipe. It is read no faster than the slowest target that still reads. Data
    /// for targets that start later is kept in memory up to 1 MiB, beyond that in a temporary file.
    /// </summary>
    /// <param name="source">The stream; it is not disposed.</param>
    /// <returns>An input for one run; a second run that gets it throws <see cref="InvalidOperationException"/>.</returns>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="ArgumentException">The stream can't be read.</exception>
    public static StandardInput FromStream(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.CanRead ? new StreamInput(source, ownsSource: false) : throw new ArgumentException("the stream can't be read", nameof(source));
    }

    /// <summary>An input without data.</summary>
    internal static StandardInput Empty { get; } = new StreamInput(Stream.Null, ownsSource: false);

    /// <summary>Whether several runs can read the input: true for a file, false for a stream or a pipe, which serves one run.</summary>
    public virtual bool IsRepeatable => false;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes the whole input to one command and closes the command's input. Returns early if the command stops reading.</summary>
    internal async Task FeedAsync(IRemoteProcess process, CancellationToken cancellationToken)
    {
        var buffer = new byte[ChunkSize];
        using var reader = OpenReader();
        try
        {
            if (PreambleFor(process) is { Length: > 0 } preamble && !await process.WriteAsync(preamble, cancellationToken).ConfigureAwait(false))
                return;
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

    /// <summary>The number of bytes that are kept for targets that start late.</summary>
    internal virtual long KeptForLateStarters => 0;

    /// <summary>
    /// Begins a run, and announces how many targets will read the input or call <see cref="Forgo"/>. Once all have, nothing is kept for late
    /// starters.
    /// </summary>
    /// <exception cref="InvalidOperationException">An earlier run has got the input, which can't be read again.</exception>
    /// <exception cref="ObjectDisposedException">The input was disposed.</exception>
    internal abstract void BeginRun(int targets);

    /// <summary>Tells the input that an expected target ended before it began to read.</summary>
    internal virtual void Forgo()
    {
    }

    /// <summary>Returns the bytes that the command reads before the input.</summary>
    private protected virtual byte[] PreambleFor(IRemoteProcess process) => [];

    private protected abstract InputReader OpenReader();

    /// <summary>Releases the source.</summary>
    /// <param name="disposing">True if called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>The position of one target in the input.</summary>
    private protected abstract class InputReader : IDisposable
    {
        public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

        public abstract void Dispose();
    }

    private sealed class FileInput(FileStream file) : StandardInput
    {
        public override bool IsRepeatable => true;

        internal override void BeginRun(int targets) => ObjectDisposedException.ThrowIf(file.SafeFileHandle.IsClosed, typeof(StandardInput));

        private protected override InputReader OpenReader() => new Reader(file.SafeFileHandle);

        protected override void Dispose(bool disposing) => file.Dispose();

        private sealed class Reader(SafeFileHandle file) : InputReader
        {
            private long _position;

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
            {
                var position = _position;
                var count = await BlockingWork.Files.RunAsync(
                    "reading the input", () => RandomAccess.Read(file, buffer.Span, position), cancellationToken).ConfigureAwait(false);
                _position += count;
                return count;
            }

            public override void Dispose()
            {
            }
        }
    }
}
