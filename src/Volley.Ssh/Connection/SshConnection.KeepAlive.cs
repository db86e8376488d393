using System.Collections.Concurrent;
using Volley.Interop.Waiting;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>Keepalives: requests that a peer need not implement, because any answer will do.</content>
public sealed partial class SshConnection
{
    internal const string KeepAliveRequest = "keepalive@openssh.com";

    // The pending global requests. Answers come in their order (RFC 4254 section 4). Null stands for a request without a waiting caller.
    private readonly ConcurrentQueue<Question?> _questions = [];
    // A session that is opened only to find out whether the peer answers.
    private SshChannel? _probe;

    /// <summary>Whether global requests may be sent.</summary>
    internal bool SendsGlobalRequests { get; }

    /// <summary>Sends a keepalive as a global request and waits for the answer.</summary>
    /// <returns>False if the connection ended instead.</returns>
    internal async ValueTask<bool> CheckAliveAsync(CancellationToken cancellationToken)
    {
        var question = new Question();
        Ask(question);
        await question.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        return question.IsAnswered;
    }

    /// <summary>Sends a keepalive.</summary>
    /// <param name="unanswered">The number of unanswered keepalives before this one.</param>
    /// <returns>False if no keepalive can be sent.</returns>
    private bool SendKeepAlive(int unanswered)
    {
        if (SendsGlobalRequests)
        {
            Ask(null);
            return true;
        }
        SshChannel[] channels;
        lock (_lock)
            channels = [.. _channels.Values];
        // A request that waits for its answer serves as a keepalive too.
        var asks = channels.Any(static channel => channel.TryAsk()) || channels.Any(static channel => channel.IsAsking);
        // Some servers never answer unknown requests on a channel, but all servers answer a request to open a channel.
        if (asks && unanswered > 0)
            Probe();
        return asks;
    }

    private void Ask(Question? question)
    {
        _questions.Enqueue(question);
        var message = new SshWriter(MessageNumber.GlobalRequest);
        message.WriteText(KeepAliveRequest);
        message.WriteBoolean(true);
        Post(message.Finish());
        bool isOver;
        lock (_lock)
            isOver = _over;
        if (isOver)
            EndQuestions();
    }

    /// <summary>Completes the oldest global request. SSH_MSG_UNIMPLEMENTED is an answer too.</summary>
    private void OnAnswer()
    {
        if (!_questions.TryDequeue(out var question) || question is null)
            return;
        question.IsAnswered = true;
        Wake(question.Ended);
    }

    private void EndQuestions()
    {
        while (_questions.TryDequeue(out var question))
        {
            if (question is not null)
                Wake(question.Ended);
        }
    }

    /// <summary>Opens a session as a probe, unless one is being opened. It is closed as soon as the peer has opened it.</summary>
    private void Probe()
    {
        // Some servers never answer the CLOSE of a probe, so it may stay open.
        if (_probe is { IsOpening: true })
            return;
        SshChannel probe;
        lock (_lock)
        {
            if (_over)
                return;
            // A probe needs no window.
            probe = _probe = AddChannel(window: 0, hasStderr: true);
            probe.Abandon();
        }
        Post(Open("session", probe, window: 0).Finish());
    }

    /// <summary>A global request whose answer a caller waits for.</summary>
    private sealed class Question
    {
        /// <summary>Set when the answer has arrived, or the connection has ended.</summary>
        public AsyncSignal Ended { get; } = new();

        public bool IsAnswered { get; set; }
    }
}
