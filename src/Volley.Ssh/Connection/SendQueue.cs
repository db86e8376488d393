using Volley.Interop.Waiting;
using Volley.Ssh.Transport;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Connection;

/// <summary>
/// Sends the messages of all channels one by one, in order. Adding a message never waits, so the receiving side can always answer;
/// producers of much data wait for room first.
/// </summary>
/// <param name="packets">The stream of the messages.</param>
/// <param name="cork">Decides when buffered messages are written.</param>
/// <param name="broken">Called after a failure.</param>
internal sealed class SendQueue(IPacketStream packets, WriteCork cork, Action<SshException> broken)
{
    private const int FullAt = 256 << 10;

    /// <summary>The number of unread answers that ends the connection, because the peer requests answers without reading them.</summary>
    private const int MaxAnswers = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<(OutgoingMessage Message, bool IsAnswer)> _queue = [];
    private readonly AsyncCondition _hasRoom = new();
    private readonly AsyncCondition _isIdle = new();
    private int _bytes;
    private int _answers;
    private bool _isSending;
    private bool _closed;

    /// <summary>
    /// Adds a message and takes ownership of its array. Messages are sent synchronously on the caller's thread as long as the stream
    /// accepts them without waiting.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="isAnswer">Whether it answers the peer, which determines the number of such messages.</param>
    /// <param name="follower">A message to send directly after it; null for none.</param>
    public void Post(OutgoingMessage message, bool isAnswer = false, OutgoingMessage? follower = null)
    {
        lock (_lock)
        {
            if (_closed)
            {
                message.Return();
                follower?.Return();
                return;
            }
            _queue.Enqueue((message, isAnswer));
            _bytes += message.Length;
            if (follower is { } next)
            {
                _queue.Enqueue((next, IsAnswer: false));
                _bytes += next.Length;
            }
            if (isAnswer && ++_answers > MaxAnswers)
                Break(SshException.Violation("the peer does not read the answers that it asks for"));
            if (_isSending)
                return;
            _isSending = true;
        }
        _ = SendAsync();
    }

    /// <summary>Waits until the queue has room for more data, or is closed.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _closed || _bytes < FullAt ? Task.CompletedTask : _hasRoom.WaitAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Drops the queued messages and rejects further ones.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_queue.TryDequeue(out var next))
                next.Message.Return();
            _hasRoom.PulseAll();
        }
    }

    /// <summary>Waits until nothing is being sent. Call it after <see cref="Close"/>.</summary>
    public Task WaitUntilIdleAsync()
    {
        lock (_lock)
            return _isSending ? _isIdle.WaitAsync() : Task.CompletedTask;
    }

    private async Task SendAsync()
    {
        while (TryTake(out var next))
        {
            try
            {
                await packets.WriteAsync(next.Message.Memory, CancellationToken.None).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // After any failure the stream can't be used, and the connection must be told.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Break(e as SshException ?? new SshException(SshFailure.ConnectionLost, e.Message, e));
                Close();
            }
            next.Message.Return();
            OnSent(next.Message.Length, next.IsAnswer);
        }
        cork.Flush();
    }

    private bool TryTake(out (OutgoingMessage Message, bool IsAnswer) next)
    {
        lock (_lock)
        {
            _isSending = _queue.TryDequeue(out next);
            if (!_isSending)
                _isIdle.PulseAll();
            return _isSending;
        }
    }

    private void OnSent(int bytes, bool isAnswer)
    {
        lock (_lock)
        {
            _bytes -= bytes;
            _answers -= isAnswer ? 1 : 0;
            if (_bytes < FullAt)
                _hasRoom.PulseAll();
        }
    }

    /// <summary>Reports a failure from the thread pool, because the caller may hold a channel's lock.</summary>
    private void Break(SshException cause) => ThreadPool.UnsafeQueueUserWorkItem(broken, cause, preferLocal: false);
}
