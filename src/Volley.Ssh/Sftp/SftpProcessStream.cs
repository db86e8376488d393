using System.Globalization;
using System.Text;

namespace Volley.Ssh.Sftp;

/// <summary>
/// Standard input and output of a subsystem as one stream, which owns the process. Standard error is kept for the message of the
/// <see cref="IOException"/> that ends the stream if the server failed.
/// </summary>
/// <param name="process">The process.</param>
/// <param name="channel">Its channel.</param>
internal sealed class SftpProcessStream(SshProcess process, SshChannel channel) : ForwardStream
{
    private const int MaxErrorBytes = 4096;

    /// <summary>The wait for the exit status of a server that has closed its output.</summary>
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(1);

    private readonly MemoryStream _errors = new();
    private volatile bool _isDisposed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var read = await channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read is { Stream: SshStreamKind.Stderr, Count: > 0 })
            {
                _errors.Write(buffer.Span[..(int)Math.Min(read.Count, MaxErrorBytes - _errors.Length)]);
                continue;
            }
            if (read.Count == 0 && !_isDisposed)
                await ThrowIfFailedAsync(cancellationToken).ConfigureAwait(false);
            return read.Count;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!await channel.WriteAsync(buffer, cancellationToken).ConfigureAwait(false))
            throw new IOException("the server does not read any more");
    }

    protected override ValueTask EndAsync()
    {
        _isDisposed = true;
        return process.DisposeAsync();
    }

    private async ValueTask ThrowIfFailedAsync(CancellationToken cancellationToken)
    {
        SshExitStatus exit;
        try
        {
            exit = await channel.WaitForExitAsync(cancellationToken).AsTask().WaitAsync(ExitLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return;
        }
        if (exit is { ExitCode: 0 } && _errors.Length == 0)
            return;
        var reason = exit.Signal is { } signal ? $"signal {signal}" : string.Create(CultureInfo.InvariantCulture, $"exit {exit.ExitCode}");
        var text = Encoding.UTF8.GetString(_errors.GetBuffer(), 0, (int)_errors.Length);
        var line = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        throw new IOException(line is null ? $"the SFTP server ended: {reason}" : $"the SFTP server ended: {line} ({reason})");
    }
}
