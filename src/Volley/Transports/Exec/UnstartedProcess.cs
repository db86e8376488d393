using System.Text;

namespace Volley.Transports.Exec;

/// <summary>A command whose program can't be started: it says so on standard error and has the exit code that a shell would report.</summary>
internal sealed class UnstartedProcess(string message, int code) : IRemoteProcess
{
    private byte[] _message = Encoding.UTF8.GetBytes(message + "\n");

    public ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = Math.Min(buffer.Length, _message.Length);
        _message.AsSpan(0, count).CopyTo(buffer.Span);
        _message = _message[count..];
        return new(new ReadResult(StreamKind.Stderr, count));
    }

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => new(false);

    public void CloseInput()
    {
    }

    public ValueTask SignalAsync(string signal, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<ExitStatus> WaitAsync(CancellationToken cancellationToken) => new(new ExitStatus(code, null));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
