using System.Buffers;
using Volley.Interop.Waiting;

namespace Volley.Ssh.Sftp;

/// <summary>
/// Writes a remote file in order, with requests behind the writer. Small writes are collected in packets, which are sent without a further copy.
/// After a failed or canceled call the stream can't be used any more, and its end waits for nothing.
/// </summary>
/// <param name="file">The file. The stream does not close it.</param>
/// <param name="offset">The first offset.</param>
internal sealed class SftpWriter(SftpFile file, long offset) : ForwardStream
{
    // A server's window has 2 MiB in OpenSSH; twice that keeps it filled while answers travel.
    private const int MaxBytesInFlight = 4 << 20;

    private readonly SftpFile _file = file;
    private readonly int _partLength = file.MaxWriteLength;
    private readonly int _maxInFlight = Math.Max(2, MaxBytesInFlight / file.MaxWriteLength);
    private readonly int _headerLength = file.WriteHeaderLength;
    private readonly Lock _lock = new();
    private readonly Stack<Part> _free = [];
    private readonly AsyncSignal _answered = new();
    private byte[]? _packet;
    private int _count;
    private long _next = offset;
    private int _inFlight;
    private Exception? _failure;
    private bool _isDisposed;

    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        while (!buffer.IsEmpty)
        {
            _packet ??= ArrayPool<byte>.Shared.Rent(_headerLength + _partLength);
            var count = Math.Min(buffer.Length, _partLength - _count);
            buffer.Span[..count].CopyTo(_packet.AsSpan(_headerLength + _count));
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
        await WaitAsync(0, cancellationToken).ConfigureAwait(false);
    }

    protected override async ValueTask EndAsync()
    {
        if (_isDisposed)
            return;
        try
        {
            if (_failure is null)
                await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _isDisposed = true;
            if (_packet is not null)
                ArrayPool<byte>.Shared.Return(_packet);
            _packet = null;
        }
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await WaitAsync(_maxInFlight - 1, cancellationToken).ConfigureAwait(false);
        Part? part;
        lock (_lock)
        {
            _free.TryPop(out part);
            _inFlight++;
        }
        var (packet, count, at) = (_packet!, _count, _next);
        (_packet, _count, _next) = (null, 0, _next + _count);
        try
        {
            _file.PostWrite(part ?? new(this), packet, count, at);
        }
        catch (Exception e)
        {
            Answer(null, e);
            throw;
        }
    }

    /// <summary>Waits until at most a number of requests are in flight.</summary>
    /// <exception cref="SftpException">A write has failed.</exception>
    private async ValueTask WaitAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_failure is not null)
                    throw _failure is SftpException failure ? failure.Copy(_file.Path) : new OperationCanceledException(_failure.Message, _failure);
                if (_inFlight <= count)
                    return;
            }
            try
            {
                await _answered.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException canceled)
            {
                lock (_lock)
                    _failure ??= canceled;
                throw;
            }
        }
    }

    private void Answer(Part? part, Exception? failure)
    {
        lock (_lock)
        {
            _inFlight--;
            _failure ??= failure;
            if (part is not null)
                _free.Push(part);
        }
        _answered.Set();
    }

    private sealed class Part(SftpWriter writer) : SftpRequest
    {
        public override void Complete(SftpReply reply) => writer.Answer(this, writer._file.FindWriteFailure(reply));

        public override void Fail(SftpException failure) => writer.Answer(this, failure);
    }
}
