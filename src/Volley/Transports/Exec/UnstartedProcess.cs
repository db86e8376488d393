using Volley.Ssh.Text;


namespace Volley.Transports.Exec;

/// <summary>A command whose program can't be started: what <see cref="LocalProcess"/> is where there is a process.</summary>
/// <param name="message">What it says on standard error, without a newline.</param>
/// <param name="code">Its exit code, as a shell would report it: 127 for a program that is not there, 126 for one that is none.</param>
public sealed class UnstartedProcess(string message, int code) : IRemoteProcess
{
    private byte[] _message = SystemText.Encode(message + "\n");

    /// <inheritdoc/>
    public bool HasArguments => true;

    /// <inheritdoc/>
    public ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = Math.Min(buffer.Length, _message.Length);
        _message.AsSpan(0, count).CopyTo(buffer.Span);
        _message = _message[count..];
        return new(new ReadResult(StreamKind.Stderr, count));
    }

    /// <inheritdoc/>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => new(false);

    /// <inheritdoc/>
    public void CloseInput()
    {
    }

    /// <inheritdoc/>
    public ValueTask SignalAsync(string signal, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<ExitStatus> WaitAsync(CancellationToken cancellationToken) => new(new ExitStatus(code, null));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
