using System.Buffers;
using System.Runtime.CompilerServices;
using Volley.Ssh.Sessions;

namespace Volley.Ssh;

/// <summary>
/// A running command, shell or subsystem at the server. Its output is read in one of three ways: collected (<see cref="ReadToEndAsync"/>), as lines
/// (<see cref="ReadLinesAsync"/>), or as streams. Output that is not read fills the window of at most 2 MiB that both streams share; then the process
/// waits, as at a full pipe. To read only one stream, dispose the other one. Thread-safe, except that a stream has one reader at a time.
/// </summary>
/// <example>
/// <code>
/// await using var process = await client.ExecuteAsync("tail -f /var/log/syslog");
/// await foreach (var line in process.ReadLinesAsync())
///     Console.WriteLine(line.Text);
/// </code>
/// </example>
public sealed class SshProcess : IAsyncDisposable
{
    private readonly SshChannel _channel;
    private readonly SshProcessOptions _options;
    private readonly IAsyncDisposable? _agent;
    // Created at their first use, which most commands do without.
    private SshChannelStream? _input;
    private SshChannelStream? _output;
    private SshChannelStream? _error;
    private int _isCollected;
    private volatile bool _isDisposed;

    internal SshProcess(SshChannel channel, SshProcessOptions options, IAsyncDisposable? agent) =>
        (_channel, _options, _agent) = (channel, options, agent);

    internal SshChannel Channel => _channel;

    /// <summary>
    /// Standard input. Dispose the stream to end the input. A write fails with an <see cref="IOException"/> once the process does not read any more.
    /// </summary>
    public Stream StandardInput => GetStream(ref _input, SshChannelStream.Part.Input);

    /// <summary>Standard output. After the stream is disposed, further output is dropped.</summary>
    public Stream StandardOutput => GetStream(ref _output, SshChannelStream.Part.Output);

    /// <summary>Standard error; empty for a process with a terminal. After the stream is disposed, further output is dropped.</summary>
    public Stream StandardError => GetStream(ref _error, SshChannelStream.Part.Error);

    /// <summary>Reads the output to its end, and waits for the exit status. It does not end the standard input, which the process may wait for.</summary>
    /// <param name="cancellationToken">Ends the wait. What was read is lost.</param>
    /// <returns>The exit status and the whole output.</returns>
    /// <exception cref="InvalidOperationException">
    /// The output is read as streams, or <see cref="ReadToEndAsync"/> or <see cref="ReadLinesAsync"/> has read it before, or is reading it.
    /// </exception>
    /// <exception cref="SshException">
    /// The output is too large (<see cref="SshFailure.OutputTooLarge"/>), or the connection ended before the process did.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    /// <exception cref="ObjectDisposedException">The process is disposed.</exception>
    public async Task<SshCommandResult> ReadToEndAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ClaimOutput();
        _channel.CollectOutput();
        var output = new OutputCollector(_options.MaxOutputLength);
        var buffer = ArrayPool<byte>.Shared.Rent(SshChannel.MaxPacket);
        try
        {
            while (await _channel.ReadAsync(null, buffer, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
                output.Add(read.Stream, buffer.AsSpan(0, read.Count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        var exit = await _channel.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return new(exit, output.Stdout, output.Stderr) { Encoding = _options.Encoding, HasLostOutput = _channel.HasLostOutput };
    }

    /// <summary>Reads the lines of both streams, in order of arrival. A last line without an end counts as a line.</summary>
    /// <param name="cancellationToken">Ends the wait. What was read and not returned is lost.</param>
    /// <returns>The lines. They can be enumerated once; <see cref="WaitForExitAsync"/> then returns the exit status.</returns>
    /// <exception cref="InvalidOperationException">
    /// The output is read as streams, or <see cref="ReadToEndAsync"/> or <see cref="ReadLinesAsync"/> has read it before, or is reading it.
    /// </exception>
    /// <exception cref="SshException">
    /// A line is too long (<see cref="SshFailure.OutputTooLarge"/>), or the connection ended before the process did.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    /// <exception cref="ObjectDisposedException">The process is disposed.</exception>
    public async IAsyncEnumerable<SshOutputLine> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ClaimOutput();
        LineSplitter stdout = new(_options.Encoding, _options.MaxOutputLength), stderr = new(_options.Encoding, _options.MaxOutputLength);
        var lines = new List<string>();
        var buffer = new byte[SshChannel.MaxPacket];
        while (await _channel.ReadAsync(null, buffer, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
        {
            (read.Stream is SshStreamKind.Stdout ? stdout : stderr).Add(buffer.AsSpan(0, read.Count), lines);
            foreach (var line in lines)
                yield return new(read.Stream, line);
            lines.Clear();
        }
        if (stdout.Complete() is { } lastOutput)
            yield return new(SshStreamKind.Stdout, lastOutput);
        if (stderr.Complete() is { } lastError)
            yield return new(SshStreamKind.Stderr, lastError);
    }

    /// <summary>Waits for the exit status. Output may still be in transit, and can be read.</summary>
    /// <param name="cancellationToken">Ends the wait. The process continues.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="SshException">The connection ended before the status arrived, or the process was disposed of meanwhile.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    /// <exception cref="ObjectDisposedException">The process is disposed.</exception>
    public async Task<SshExitStatus> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return await _channel.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a signal to the process. Servers do not report the result. Has no effect once the process has ended.</summary>
    /// <param name="name">A signal name of RFC 4254 section 6.10, without "SIG": TERM, KILL, INT, HUP.</param>
    /// <param name="cancellationToken">Ignored, because the call does not wait.</param>
    /// <returns>A completed task.</returns>
    /// <exception cref="ArgumentException">The name is empty, has a NUL, or begins with SIG.</exception>
    /// <exception cref="ObjectDisposedException">The process is disposed.</exception>
    public ValueTask SendSignalAsync(string name, CancellationToken cancellationToken = default)
    {
        if (Argument.Text(name, nameof(name)).StartsWith("SIG", StringComparison.Ordinal))
            throw new ArgumentException("a signal is named without SIG", nameof(name));
        ThrowIfDisposed();
        return _channel.SendSignalAsync(name, cancellationToken);
    }

    /// <summary>Sends the new size of the terminal. Has no effect once the process has ended.</summary>
    /// <param name="columns">The number of characters per line; 0 if it is unknown.</param>
    /// <param name="rows">The number of lines; 0 if it is unknown.</param>
    /// <param name="cancellationToken">Ignored, because the call does not wait.</param>
    /// <returns>A completed task.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    /// <exception cref="ObjectDisposedException">The process is disposed.</exception>
    public ValueTask ResizeTerminalAsync(int columns, int rows, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return _channel.ChangeWindowAsync(columns, rows, cancellationToken);
    }

    /// <summary>
    /// Abandons the process: unread output is dropped, and the server closes the process's input and output, which ends most programs. A shell or a program
    /// at a terminal gets SIGHUP.
    /// </summary>
    /// <returns>A task that completes when the request has been sent.</returns>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _channel.Dispose();
        return _agent?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Writes the given input and ends it.</summary>
    internal async Task WriteInputAsync(ReadOnlyMemory<byte> input)
    {
        try
        {
            // A command may end, or close its input, before it has read everything.
            if (await _channel.WriteAsync(input, CancellationToken.None).ConfigureAwait(false))
                _channel.SendEof();
        }
        catch (SshException)
        {
            // The connection ended, which the reader of the output learns too.
        }
    }

    /// <summary>Records that the output is read, which is possible once: a second reader would find nothing, or a part.</summary>
    /// <exception cref="InvalidOperationException">It was read before.</exception>
    private void ClaimOutput()
    {
        if (Interlocked.Exchange(ref _isCollected, 1) != 0)
        {
            throw new InvalidOperationException(
                $"the output of a process can be read once, and {nameof(ReadToEndAsync)} or {nameof(ReadLinesAsync)} "
                + "has begun to read it; keep what it returned");
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    private SshChannelStream GetStream(ref SshChannelStream? stream, SshChannelStream.Part part) =>
        LazyInitializer.EnsureInitialized(ref stream, () => new(_channel, part));
}
