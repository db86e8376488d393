using Volley.Interop.Waiting;
using Volley.Ssh.Forwarding;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <content>The global requests to the peer (RFC 4254 section 4). Answers name no request, and arrive in the order of the requests.</content>
public sealed partial class SshConnection
{
    private readonly Lock _requestLock = new();
    // The pending requests. Null stands for a keepalive without a waiting caller.
    private readonly Queue<GlobalRequest?> _requests = [];

    private enum GlobalAnswer
    {
        None,
        Success,
        Failure,
    }

    /// <summary>Whether global requests may be sent.</summary>
    internal bool SendsGlobalRequests { get; }

    /// <summary>Asks the peer to listen, and to open a channel for each connection.</summary>
    /// <param name="listener">Receives the channels. Its address gets the port that the peer chose, if it has none.</param>
    /// <param name="cancellationToken">Ends the wait. If the peer listens later, the request is revoked.</param>
    /// <exception cref="SshException">The peer refused (<see cref="SshFailure.RequestRefused"/>), or the connection ended.</exception>
    internal async ValueTask ListenAsync(IncomingChannels listener, CancellationToken cancellationToken)
    {
        var request = new GlobalRequest { Listener = listener };
        Ask(listener.Address.IsUnix ? "streamlocal-forward@openssh.com" : "tcpip-forward", request);
        try
        {
            await request.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_requestLock)
                request.IsAbandoned = true;
            if (request.Answer is GlobalAnswer.Success)
                StopListening(listener);
            throw;
        }
        if (request.Answer is GlobalAnswer.Failure)
        {
            throw new SshException(SshFailure.RequestRefused,
                $"the server refused to listen on {listener.Address}: its configuration does not allow it, or the address is in use");
        }
        if (request.Answer is GlobalAnswer.None)
            throw EndedBy is { } cause ? new SshException(cause) : SshChannel.ClosedFailure();
    }

    /// <summary>Expects channels that need no global request.</summary>
    internal void Expect(IncomingChannels listener)
    {
        lock (_lock)
        {
            if (!_over)
                _listeners.Add(listener);
        }
    }

    /// <summary>Stops to expect channels; the peer stops listening. Channels that were not accepted are closed.</summary>
    internal void StopListening(IncomingChannels listener)
    {
        bool isListening;
        lock (_lock)
            isListening = _listeners.Remove(listener);
        listener.Close(null);
        if (isListening && listener.IsRequested)
            Tell(listener.Address.IsUnix ? "cancel-streamlocal-forward@openssh.com" : "cancel-tcpip-forward", listener.Address);
    }

    private void Ask(string name, GlobalRequest? request)
    {
        var message = new SshWriter(MessageNumber.GlobalRequest);
        message.WriteText(name);
        message.WriteBoolean(true);
        if (request?.Listener is { } listener)
            listener.Address.Write(ref message);
        var finished = message.Finish();
        lock (_requestLock)
        {
            _requests.Enqueue(request);
            Post(finished);
        }
        bool isOver;
        lock (_lock)
            isOver = _over;
        if (isOver)
            EndGlobalRequests();
    }

    /// <summary>Sends a request that the peer does not answer.</summary>
    private void Tell(string name, ForwardAddress address)
    {
        var message = new SshWriter(MessageNumber.GlobalRequest);
        message.WriteText(name);
        message.WriteBoolean(false);
        address.Write(ref message);
        Post(message.Finish());
    }

    private bool IsListenPending()
    {
        lock (_requestLock)
            return _requests.Any(static request => request?.Listener is not null);
    }

    /// <summary>Completes the oldest global request. SSH_MSG_UNIMPLEMENTED is an answer too.</summary>
    private void OnAnswer(byte number, ref SshReader reader)
    {
        GlobalRequest? request;
        bool isAbandoned;
        lock (_requestLock)
        {
            if (!_requests.TryDequeue(out request) || request is null)
                return;
            isAbandoned = request.IsAbandoned;
            request.Answer = number is MessageNumber.RequestSuccess ? GlobalAnswer.Success : GlobalAnswer.Failure;
            if (request.Listener is { } listener && request.Answer is GlobalAnswer.Success)
                OnListening(listener, ref reader);
        }
        if (isAbandoned && request.Listener is { } unwanted && request.Answer is GlobalAnswer.Success)
            StopListening(unwanted);
        Wake(request.Ended);
    }

    /// <summary>Expects the channels of a listener before the peer's next message, which may open one.</summary>
    private void OnListening(IncomingChannels listener, ref SshReader reader)
    {
        if (!listener.Address.IsUnix && listener.Address.Port == 0)
            listener.Address = listener.Address with { Port = (int)Math.Min(reader.ReadUInt32(), ushort.MaxValue) };
        Expect(listener);
    }

    private void EndGlobalRequests()
    {
        lock (_requestLock)
        {
            while (_requests.TryDequeue(out var request))
            {
                if (request is not null)
                    Wake(request.Ended);
            }
        }
    }

    /// <summary>A global request whose answer a caller waits for.</summary>
    private sealed class GlobalRequest
    {
        /// <summary>Set when the answer has arrived, or the connection has ended.</summary>
        public AsyncSignal Ended { get; } = new();

        public GlobalAnswer Answer { get; set; }

        /// <summary>The listener that the peer shall serve; null for a keepalive.</summary>
        public IncomingChannels? Listener { get; init; }

        /// <summary>Whether the caller has stopped waiting.</summary>
        public bool IsAbandoned { get; set; }
    }
}
