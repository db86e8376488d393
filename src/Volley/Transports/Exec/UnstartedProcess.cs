using Volley.Interop.Text;

namespace Volley.Transports.Exec;

/// <summary>The command of a program that can't be started, in the place of a <see cref="LocalProcess"/>.</summary>
/// <param name="message">The message on standard error, without a newline.</param>
/// <param name="code">The exit code of a shell: 127 if the program was not found, 126 if it is not executable.</param>
internal sealed class UnstartedProcess(string message, int code) : IRemoteProcess
{
    private byte[] _message = SystemText.Encode(message + "\n");

    /// <inheritdoc/>
    public bool HasArguments => true;

    /// <inheritdoc/>
    public ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = Math.Min(buffer.Length, _message.Length);
        _message.AsSpan(0, count).CopyTo(buffer.Span);
        _message = _message[count..];
        return new(new OutputRead(StreamKind.Stderr, count));
    }

    /// <inheritdoc/>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => new(false);

    /// <inheritdoc/>
    public void CloseInput()
    {
    }

    /// <inheritdoc/>
    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) => new(new ExitStatus(code, null));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
