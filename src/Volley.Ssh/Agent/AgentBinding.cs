using System.Buffers.Binary;
using Volley.Ssh.Keys;
using Volley.Ssh.Net;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Agent;

/// <summary>
/// Tells an agent which login a connection to it serves (session-bind@openssh.com). The agent then offers keys that are restricted to hosts
/// (<c>ssh-add -h</c>) only where they are allowed.
/// </summary>
internal static class AgentBinding
{
    /// <summary>The time that an agent has for its answer.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Returns the request, preceded by its length.</summary>
    /// <param name="session">The login.</param>
    /// <param name="isForwarded">Whether programs at the server use the connection; otherwise it signs for the login itself.</param>
    public static byte[] Request(SessionProof session, bool isForwarded)
    {
        var request = new SshWriter(AgentMessage.Extension, 1024);
        request.WriteText(AgentMessage.BindSession);
        request.WriteString(session.HostKey.Span);
        request.WriteString(session.SessionId.Span);
        request.WriteString(session.Signature.Span);
        request.WriteBoolean(isForwarded);
        return SshWriter.EncodeString(request.ToArray());
    }

    /// <summary>Binds a connection that is about to be forwarded. An agent that does not know the request refuses it, and is used as it is.</summary>
    /// <exception cref="IOException">The agent has closed the connection, or does not answer as an agent does.</exception>
    /// <exception cref="OperationCanceledException">The agent does not answer, or the token fired.</exception>
    public static async Task BindAsync(SocketStream agent, SessionProof session, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        await agent.WriteAsync(Request(session, isForwarded: true), limit.Token).ConfigureAwait(false);
        var length = new byte[sizeof(uint)];
        await agent.ReadExactlyAsync(length, limit.Token).ConfigureAwait(false);
        // Anything that follows belongs to later answers, so exactly one message is read.
        var answer = BinaryPrimitives.ReadUInt32BigEndian(length) is >= 1 and <= AgentMessage.MaxLength and var count
            ? new byte[count]
            : throw new IOException("it does not speak the agent protocol");
        await agent.ReadExactlyAsync(answer, limit.Token).ConfigureAwait(false);
    }
}
