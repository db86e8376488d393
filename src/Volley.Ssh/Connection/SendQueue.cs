using Volley.Ssh.Wire;

namespace Volley.Ssh.Connection;

/// <summary>
/// Sends the messages of all channels one by one, in order. Adding a message never waits, so the receiving side can always answer;
/// producers of much data wait for room first.
/// </summary>
internal sealed class SendQueue(IPacketStream packets, Action<SshException> broken)
{
    private const int FullAt = 256 << 10;

    /// <summary>The number of unread answers that ends the connection, because the peer requests answers without reading them.</summary>
    private const int MostAnswers = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<(OutgoingMessage Message, bool IsAnswer)> _queue = [];
    private TaskCompletionSource? _room;
    private Task _sending = Task.CompletedTask;
    private int _bytes;
    private int _answers;
    private bool _isSending;
    private bool _closed;

    /// <summary>A task that completes when sending has ended. Use it after <see cref="Close"/>.</summary>
    public Task Idle
    {
        get
        {
            lock (_lock)
                return _sending;
        }
    }

    /// <summary>
    /// Adds a message and takes ownership of its array. Messages are sent synchronously on the caller's thread as long as the stream
    /// accepts them without waiting.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="isAnswer">Whether it answers the peer, which determines the number of such messages.</param>
    /// <param name="follower">A message to send directly after it; null for none.</param>
    public void Post(OutgoingMessage message, bool isAnswer = false, OutgoingMessage? follower = null)
    {
        TaskCompletionSource? sent = null;
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
            if (isAnswer && ++_answers > MostAnswers)
                Break(SshException.Violation("the peer does not read the answers that it asks for"));
            if (!_isSending)
            {
                _isSending = true;
                sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _sending = sent.Task;
            }
        }
        if (sent is not null)
            _ = SendAsync(sent);
    }

    /// <summary>Waits until the queue has room for more data, or is closed.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_closed || _bytes < FullAt)
                return Task.CompletedTask;
            _room ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Drops the queued messages and rejects further ones.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_queue.TryDequeue(out var next))
                next.Message.Return();
            _room?.TrySetResult();
        }
    }

    private async Task SendAsync(TaskCompletionSource sent)
    {
        while (true)
        {
            OutgoingMessage message;
            bool isAnswer, moreFollow;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out var next))
                {
                    _isSending = false;
                    sent.SetResult();
                    return;
                }
                (message, isAnswer) = next;
                moreFollow = _queue.Count > 0;
            }
            try
            {
                await packets.WriteAsync(message.Memory, moreFollow, CancellationToken.None).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // After any failure the stream can't be used, and the connection must be told.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Break(e as SshException ?? new SshException(SshFailure.ConnectionLost, e.Message, e));
                Close();
            }
            message.Return();
            lock (_lock)
            {
                _bytes -= message.Length;
                _answers -= isAnswer ? 1 : 0;
                if (_bytes < FullAt && _room is not null)
                {
                    _room.TrySetResult();
                    _room = null;
                }
            }
        }
    }

    /// <summary>Reports a failure from the thread pool, because the caller may hold a channel's lock.</summary>
    private void Break(SshException cause) => ThreadPool.UnsafeQueueUserWorkItem(broken, cause, preferLocal: false);
}
