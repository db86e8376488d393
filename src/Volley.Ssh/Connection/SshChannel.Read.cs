using System.Runtime.CompilerServices;
using Volley.Interop.Waiting;
using Volley.Ssh.Connection;

namespace Volley.Ssh;

/// <content>Reading: of both streams in order of arrival, or of each stream by itself.</content>
public sealed partial class SshChannel
{
    private readonly ReceiveBuffer _received = new();
    private readonly ReadWait _reading = new();
    // Standard error, once the streams are read separately.
    private ReceiveBuffer? _receivedErrors;
    private ReadWait? _readingErrors;
    private bool _dropsOutput;
    private bool _dropsErrors;
    // A reader waits only for much data or for the end.
    private bool _collects;

    /// <summary>
    /// Reads from whichever of the two streams has data, in order of arrival; a count of 0 means that both have ended. The token only ends
    /// a wait: data that is already available is returned even if the token has fired. Only reading allows the peer to send more.
    /// </summary>
    /// <param name="buffer">The buffer; not empty.</param>
    /// <param name="cancellationToken">Ends the wait. No data is lost.</param>
    /// <returns>The stream and the number of bytes.</returns>
    /// <exception cref="InvalidOperationException">Another read waits, or the streams are read separately.</exception>
    /// <exception cref="SshException">
    /// The connection ended before the streams did, and before the command's end was known. All data received before has been read.
    /// </exception>
    public ValueTask<SshOutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ReadAsync(null, buffer, cancellationToken);

    /// <summary>Reads from one stream, or from both in order of arrival.</summary>
    /// <param name="stream">The stream, from now on read separately; null for both.</param>
    /// <param name="buffer">The buffer; not empty.</param>
    /// <param name="cancellationToken">Ends the wait. No data is lost.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<SshOutputRead> ReadAsync(SshStreamKind? stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty)
            throw new ArgumentException("the buffer has no room", nameof(buffer));
        while (true)
        {
            ValueTask more;
            ReadWait wait;
            lock (_lock)
            {
                if (TryRead(stream, buffer.Span, out var read))
                    return read;
                wait = stream is SshStreamKind.Stderr ? _readingErrors! : _reading;
                if (wait.HasReader)
                    throw new InvalidOperationException("another read waits: a channel or stream has one reader at a time");
                wait.HasReader = true;
                more = wait.Signal.WaitAsync(cancellationToken);
                wait.IsAwaited = true;
            }
            try
            {
                await more.ConfigureAwait(false);
                wait.HasReader = false;
            }
            catch (OperationCanceledException)
            {
                lock (_lock)
                {
                    (wait.IsAwaited, wait.HasReader) = (false, false);
                    if (TryRead(stream, buffer.Span, out var read))
                        return read;
                }
                throw;
            }
        }
    }

    /// <summary>
    /// Resumes readers only when there is much to read, and at the end: when the streams have ended and the command's exit is known, or the channel is
    /// closed. This saves thread switches where all output is collected.
    /// </summary>
    internal void CollectOutput()
    {
        lock (_lock)
            _collects = true;
    }

    /// <summary>Drops what was received and will be received on a stream, so that it does not fill the window.</summary>
    internal void DropOutput(SshStreamKind stream)
    {
        lock (_lock)
        {
            SplitStreams();
            if (stream is SshStreamKind.Stdout)
                _dropsOutput = true;
            else
                _dropsErrors = true;
            if ((stream is SshStreamKind.Stdout ? _received : _receivedErrors!).Clear() is > 0 and var count)
                GiveBack(count);
        }
    }

    private bool TryRead(SshStreamKind? stream, Span<byte> buffer, out SshOutputRead read)
    {
        read = default;
        if (stream is not null)
            SplitStreams();
        else if (_receivedErrors is not null)
            throw new InvalidOperationException("standard output and standard error are read as streams, so they can't be read together any more");
        var received = stream is SshStreamKind.Stderr ? _receivedErrors! : _received;
        if (received.Count > 0)
        {
            read = received.Take(buffer);
            GiveBack(read.Count);
            return true;
        }
        // A server may disconnect as soon as it has sent the command's status; ssh then exits with that status.
        var hasHungUp = _exit is not null && _failure?.Failure is SshFailure.ConnectionLost or SshFailure.Disconnected;
        if (_peerSentEof || _peerClosed || hasHungUp)
            return true;
        if (_failure is not null)
            throw new SshException(_failure);
        return _state is State.Closed;
    }

    private void SplitStreams()
    {
        if (_receivedErrors is not null)
            return;
        (_receivedErrors, _readingErrors) = (new(), new());
        if (_received.Count == 0)
            return;
        var output = new ReceiveBuffer();
        Span<byte> part = stackalloc byte[1024];
        while (_received.Take(part) is { Count: > 0 } taken)
            (taken.Stream is SshStreamKind.Stdout ? output : _receivedErrors).Append(taken.Stream, part[..taken.Count]);
        while (output.Take(part) is { Count: > 0 } taken)
            _received.Append(SshStreamKind.Stdout, part[..taken.Count]);
    }

    private void Store(SshStreamKind stream, ReadOnlySpan<byte> data)
    {
        var isError = stream is SshStreamKind.Stderr;
        if (isError ? _dropsErrors : _dropsOutput)
        {
            GiveBack(data.Length);
            return;
        }
        var separately = isError ? _receivedErrors : null;
        (separately ?? _received).Append(stream, data);
        // Long before the window is exhausted, so the peer need not pause.
        if (!data.IsEmpty && (!_collects || _received.Count >= _window.Size / 4))
            WakeReader(separately is null ? _reading : _readingErrors!);
    }

    private void GiveBack(int count)
    {
        if (_state is not State.Open)
        {
            _window.Discard(count);
            return;
        }
        var adjustment = _window.Consume(count, _received.Count == 0 && _receivedErrors is null or { Count: 0 });
        if (adjustment == 0)
            return;
        _connection.Post(WindowAdjust(adjustment));
        Wake(ref _windowGiven);
    }

    private void Drop() => _window.Discard(_received.Clear() + (_receivedErrors?.Clear() ?? 0));

    /// <summary>Resumes the readers, because there is nothing more to wait for.</summary>
    private void WakeReaders()
    {
        WakeReader(_reading);
        if (_readingErrors is not null)
            WakeReader(_readingErrors);
    }

    private void WakeReader(ReadWait wait)
    {
        if (!wait.IsAwaited)
            return;
        wait.IsAwaited = false;
        _connection.Wake(wait.Signal);
    }

    /// <summary>The wait of the reader of one stream, or of both.</summary>
    private sealed class ReadWait
    {
        public AsyncSignal Signal { get; } = new();

        /// <summary>Whether a read waits, or was woken and has not resumed.</summary>
        public bool HasReader { get; set; }

        /// <summary>Whether a read waits, and the signal has not been set for it.</summary>
        public bool IsAwaited { get; set; }
    }
}
