using System.Net;

namespace Volley.Ssh;

/// <summary>
/// A listener whose connections are forwarded through an SSH connection: at this machine (<see cref="SshClient.ForwardLocal"/>, as with ssh's -L)
/// or at the server (<see cref="SshClient.ForwardRemoteAsync"/>, as with ssh's -R). It ends when it is disposed, and with the client. Thread-safe.
/// </summary>
public sealed class SshForward : IAsyncDisposable
{
    private readonly Func<ValueTask> _stop;
    private int _isDisposed;

    internal SshForward(EndPoint endPoint, Task completion, Func<ValueTask> stop) => (EndPoint, Completion, _stop) = (endPoint, completion, stop);

    /// <summary>The address that it listens on. A port of 0 is replaced by the one that was chosen.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>
    /// A task that completes when no more connections are accepted, because of <see cref="DisposeAsync"/> or the end of the client. It never faults.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Stops listening, closes the forwarded connections, and waits until they have ended.</summary>
    /// <returns>A task that completes when nothing is forwarded any more.</returns>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isDisposed, 1) == 0 ? _stop() : ValueTask.CompletedTask;
}
