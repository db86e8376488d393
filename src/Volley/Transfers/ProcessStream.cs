using System.Globalization;
using System.Text;

namespace Volley.Transfers;

/// <summary>
/// Standard input and output of a remote process as one stream, which owns the process. Standard error is kept for the message of an
/// <see cref="IOException"/> that ends the stream if the process fails. It supports asynchronous use only.
/// </summary>
/// <param name="process">The process.</param>
internal sealed class ProcessStream(IRemoteProcess process) : Stream
{
    private const int MaxErrorBytes = 4096;

    /// <summary>The wait for the exit status of a process that has closed its output.</summary>
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(1);

    private readonly MemoryStream _errors = new();
    private volatile bool _isDisposed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads standard output.</summary>
    /// <exception cref="IOException">The process has failed.</exception>
    /// <exception cref="TransportException">The connection broke, or the process could not be started.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var read = await process.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read.Count == 0)
                await ThrowIfFailedAsync(cancellationToken).ConfigureAwait(false);
            else if (read.Stream == StreamKind.Stderr)
            {
                _errors.Write(buffer.Span[..(int)Math.Min(read.Count, MaxErrorBytes - _errors.Length)]);
                continue;
            }
            return read.Count;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!await process.WriteAsync(buffer, cancellationToken).ConfigureAwait(false))
            throw new IOException("the other end does not read any more");
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

#pragma warning disable CA2215 // The base calls Dispose, which does nothing here.
    public override ValueTask DisposeAsync()
#pragma warning restore CA2215
    {
        _isDisposed = true;
        return process.DisposeAsync();
    }

    private async ValueTask ThrowIfFailedAsync(CancellationToken cancellationToken)
    {
        if (_isDisposed)
            return;
        ExitStatus status;
        try
        {
            status = await process.WaitForExitAsync(cancellationToken).AsTask().WaitAsync(ExitLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return;
        }
        if (status is { ExitCode: 0 } && _errors.Length == 0)
            return;
        var reason = status.Signal is { } signal ? $"signal {signal}" : string.Create(CultureInfo.InvariantCulture, $"exit {status.ExitCode}");
        var text = Encoding.UTF8.GetString(_errors.GetBuffer(), 0, (int)_errors.Length);
        var line = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        throw new IOException(line is null ? $"the SFTP server ended: {reason}" : $"the SFTP server ended: {line} ({reason})");
    }
}
