using System.Buffers.Binary;
using System.Net.Sockets;
using Volley.Ssh.Blocking;
using Volley.Ssh.Files;

namespace Volley.Ssh.Authentication;

/// <summary>One connection to an agent: a question, then its answer, and again.</summary>
internal sealed class AgentConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private AgentConnection()
    {
    }

    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="IOException">There is no such socket.</exception>
    public static Task<AgentConnection> ConnectAsync(string path, CancellationToken cancellationToken) =>
        BlockingWork.Files.RunAsync($"connecting to the agent at {path}", () => Connect(path, cancellationToken), cancellationToken);

    /// <summary>Blocks while the agent's backlog is full.</summary>
    private static AgentConnection Connect(string path, CancellationToken cancellationToken)
    {
        var connection = new AgentConnection();
        try
        {
            connection._socket.Connect(new UnixDomainSocketEndPoint(SystemFile.Reach(path)));
            // A connection that comes too late is nobody's.
            cancellationToken.ThrowIfCancellationRequested();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Asks. Once the token has fired, the connection is of no use any more.</summary>
    /// <param name="question">The message with its length in front of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The agent has gone, or speaks something else.</exception>
    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        for (var rest = question; !rest.IsEmpty;)
            rest = rest[await _socket.SendAsync(rest, cancellationToken).ConfigureAwait(false)..];
        var length = new byte[sizeof(uint)];
        await ReceiveAsync(length, cancellationToken).ConfigureAwait(false);
        var answer = BinaryPrimitives.ReadUInt32BigEndian(length) is >= 1 and <= AgentMessage.Longest and var count
            ? new byte[count]
            : throw new IOException("it does not speak the agent protocol");
        await ReceiveAsync(answer, cancellationToken).ConfigureAwait(false);
        return answer;
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var count = await _socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0)
                throw new EndOfStreamException("it has closed the connection");
            buffer = buffer[count..];
        }
    }
}
