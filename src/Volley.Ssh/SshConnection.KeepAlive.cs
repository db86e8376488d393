using System.Collections.Concurrent;
using Volley.Ssh.Messages;

namespace Volley.Ssh;

/// <content>Keepalives: requests that a peer need not know, to which any answer will do.</content>
public sealed partial class SshConnection
{
    internal const string KeepAliveRequest = "keepalive@openssh.com";

    // Global requests that wait for their answers, which come in their order (RFC 4254 section 4); null where nobody waits.
    private readonly ConcurrentQueue<Question?> _questions = [];
    // A session that is being opened only to see whether the peer answers.
    private SshChannel? _probe;

    /// <summary>Whether global requests may be sent.</summary>
    internal bool SendsGlobalRequests { get; }

    /// <summary>Asks the peer by a global request.</summary>
    /// <returns>False if the connection ended instead.</returns>
    internal async ValueTask<bool> CheckAliveAsync(CancellationToken cancellationToken)
    {
        var question = new Question(SignalOptions);
        Ask(question);
        await question.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return question.IsAnswered;
    }

    /// <summary>Sends a keepalive.</summary>
    /// <param name="unanswered">How many before this one were not answered.</param>
    /// <returns>False if there is no way to ask.</returns>
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
        // A request that waits for its answer is a question as well.
        var asks = channels.Any(static channel => channel.TryAsk()) || channels.Any(static channel => channel.IsAsking);
        // Some servers answer no request on a channel that they don't know; but each answers the request to open one.
        if (asks && unanswered > 0)
            Probe();
        return asks;
    }

    private void Ask(Question? question)
    {
        _questions.Enqueue(question);
        var message = new MessageWriter(MessageNumber.GlobalRequest);
        message.Text(KeepAliveRequest);
        message.Boolean(true);
        Post(message.Finish());
        bool isOver;
        lock (_lock)
            isOver = _over;
        if (isOver)
            EndQuestions();
    }

    /// <summary>A global request was answered, be it by SSH_MSG_UNIMPLEMENTED.</summary>
    private void OnAnswer()
    {
        if (!_questions.TryDequeue(out var question) || question is null)
            return;
        question.IsAnswered = true;
        Wake(question);
    }

    private void EndQuestions()
    {
        while (_questions.TryDequeue(out var question))
            Wake(question);
    }

    /// <summary>Opens a session, which is closed as soon as the peer has opened it, unless one is being opened already.</summary>
    private void Probe()
    {
        // Some servers never answer its CLOSE, so that it stays.
        if (_probe is { IsOpening: true })
            return;
        SshChannel probe;
        lock (_lock)
        {
            if (_over)
                return;
            // No window is needed.
            probe = _probe = AddChannel(window: 0, hasStderr: true);
            probe.Abandon();
        }
        Post(Open("session", probe, window: 0).Finish());
    }

    /// <summary>Set once the answer to a global request is here.</summary>
    private sealed class Question(TaskCreationOptions options) : TaskCompletionSource(options)
    {
        public bool IsAnswered { get; set; }
    }
}
