using System.Buffers.Binary;
using System.Net.Sockets;
using Volley.Interop.Blocking;
using Volley.Interop.Text;

namespace Volley.Ssh.Agent;

/// <summary>One connection to an agent, for one request and its answer at a time.</summary>
internal sealed class AgentConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private AgentConnection()
    {
    }

    /// <summary>Connects to an agent.</summary>
    /// <exception cref="SocketException">No process listens at the socket.</exception>
    /// <exception cref="IOException">The socket does not exist.</exception>
    public static Task<AgentConnection> ConnectAsync(string path, CancellationToken cancellationToken) =>
        BlockingWork.Files.RunAsync($"connecting to the agent at {path}", () => Connect(path, cancellationToken), cancellationToken);

    /// <summary>Connects. It blocks while the agent's backlog is full.</summary>
    private static AgentConnection Connect(string path, CancellationToken cancellationToken)
    {
        var connection = new AgentConnection();
        try
        {
            connection._socket.Connect(new UnixDomainSocketEndPoint(SystemFile.Reach(path)));
            // The caller has left, so the connection is closed.
            cancellationToken.ThrowIfCancellationRequested();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and returns the answer. After cancellation the connection can't be used any more.</summary>
    /// <param name="question">The message, preceded by its length.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="IOException">The agent has closed the connection, or does not speak the agent protocol.</exception>
    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        for (var rest = question; !rest.IsEmpty;)
            rest = rest[await _socket.SendAsync(rest, cancellationToken).ConfigureAwait(false)..];
        var length = new byte[sizeof(uint)];
        await ReceiveAsync(length, cancellationToken).ConfigureAwait(false);
        var answer = BinaryPrimitives.ReadUInt32BigEndian(length) is >= 1 and <= AgentMessage.MaxLength and var count
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
