using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Volley.Ssh.UnitTests.Authentication;

/// <summary>An agent that does what a test says: answers each question, whose number and fields it gets, or never (null).</summary>
internal sealed class ScriptedAgent : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<byte[], Task<byte[]?>> _answer;
    private readonly string _folder = Directory.CreateTempSubdirectory("volley-agent-").FullName;
    // Kept, for one that never answers has nothing else that holds it, and would be closed by the garbage collector.
    private readonly ConcurrentBag<Socket> _sockets = [];

    public ScriptedAgent(Func<byte[], Task<byte[]?>> answer)
    {
        _answer = answer;
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public string Path => System.IO.Path.Combine(_folder, "agent");

    public int Connections => _sockets.Count;

    public static byte[] Framed(byte[] message) => [.. Wire.UInt32((uint)message.Length), .. message];

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _sockets)
            socket.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                _sockets.Add(socket);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>An answer of nothing closes the connection; the answer's bytes are sent as they are.</summary>
    private async Task ServeAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            while (true)
            {
                var length = new byte[4];
                await stream.ReadExactlyAsync(length);
                var question = new byte[BinaryPrimitives.ReadUInt32BigEndian(length)];
                await stream.ReadExactlyAsync(question);
                if (await _answer(question) is not { } answer)
                    await Task.Delay(Timeout.Infinite);
                else if (answer.Length == 0)
                    return;
                else
                    await stream.WriteAsync(answer);
            }
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            // The client has gone.
        }
    }
}
