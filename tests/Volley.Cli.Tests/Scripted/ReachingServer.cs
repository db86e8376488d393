using System.Collections.Concurrent;
using System.Text;
using Volley.Ssh.UnitTests;
using Volley.Ssh.Wire;

namespace Volley.Cli.Tests.Scripted;

/// <summary>
/// A server that accepts every login and, once a command or a further connection is asked of it, opens every kind of channel that
/// reaches back to the client's machine.
/// </summary>
internal sealed class ReachingServer : IDisposable
{
    private static readonly byte[][] Opens =
    [
        Open("auth-agent@openssh.com"),
        Open("auth-agent"),
        Open("x11", "127.0.0.1", 6000u),
        Open("forwarded-tcpip", "127.0.0.1", 22u, "127.0.0.1", 1024u),
        Open("forwarded-streamlocal@openssh.com", "/tmp/forwarded", ""),
        Open("direct-tcpip", "127.0.0.1", 22u, "127.0.0.1", 1024u),
        Open("tun@openssh.com", 1u, 0x7fffffffu),
        Open("session"),
    ];

    private readonly ConcurrentBag<string> _accepted = [];
    private int _refused;

    public ReachingServer(string address) => Server = new(address, PlayAsync);

    public ScriptedServer Server { get; }

    /// <summary>How many kinds of channels are tried.</summary>
    public static int Kinds => Opens.Length;

    /// <summary>The kinds that were opened.</summary>
    public IReadOnlyCollection<string> Accepted => _accepted;

    /// <summary>How many were refused, over all connections.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public void Dispose() => Server.Dispose();

    private static byte[] Open(string kind, params object[] details) =>
        Wire.Message(MessageNumber.ChannelOpen, [kind, 1000u, 1u << 20, 32u << 10, .. details]);

    private static string Kind(byte[] open) => Encoding.UTF8.GetString(open, 5, (int)Wire.UInt32(open, 1));

    private async Task PlayAsync(TransportServer server)
    {
        await server.GreetAsync();
        await server.ExchangeInitsAsync();
        await server.ExchangeKeysAsync();
        var number = 0u;
        var channels = new Dictionary<uint, uint>();
        while (true)
        {
            var message = await server.ReadAsync();
            switch (message[0])
            {
                case MessageNumber.ServiceRequest:
                    await server.SendAsync(Wire.Message(MessageNumber.ServiceAccept, "ssh-userauth"));
                    break;
                case MessageNumber.UserAuthRequest:
                    await server.SendAsync([MessageNumber.UserAuthSuccess]);
                    break;
                case MessageNumber.GlobalRequest when message[5 + (int)Wire.UInt32(message, 1)] != 0:
                    await server.SendAsync([MessageNumber.RequestFailure]);
                    break;
                case MessageNumber.ChannelOpen when Kind(message) == "session":
                    channels[number] = Wire.UInt32(message, 1 + 4 + "session".Length);
                    await server.SendAsync(Wire.Confirmation(channels[number], own: number++));
                    break;
                case MessageNumber.ChannelOpen:
                    var client = Wire.UInt32(message, 5 + (int)Wire.UInt32(message, 1));
                    await ReachAsync(server);
                    await server.SendAsync(Wire.Message(MessageNumber.ChannelOpenFailure, client, 1u, "no way on", ""));
                    break;
                case MessageNumber.ChannelRequest:
                    await AnswerAsync(server, message, channels[Wire.UInt32(message, 1)]);
                    break;
            }
        }
    }

    private async Task AnswerAsync(TransportServer server, byte[] request, uint channel)
    {
        var length = (int)Wire.UInt32(request, 5);
        if (request[9 + length] != 0)
            await server.SendAsync(Wire.Success(channel));
        if (Encoding.UTF8.GetString(request, 9, length) != "exec")
            return;
        await ReachAsync(server);
        await server.SendAsync(Wire.Data(channel, "done\n"));
        await server.SendAsync(Wire.Eof(channel));
        await server.SendAsync(Wire.ExitStatus(channel, 0));
        await server.SendAsync(Wire.Close(channel));
    }

    private async Task ReachAsync(TransportServer server)
    {
        foreach (var open in Opens)
        {
            await server.SendAsync(open);
            byte[] answer;
            do
                answer = await server.ReadAsync();
            while (answer[0] is not (MessageNumber.ChannelOpenConfirmation or MessageNumber.ChannelOpenFailure));
            if (answer[0] == MessageNumber.ChannelOpenFailure)
                Interlocked.Increment(ref _refused);
            else
                _accepted.Add(Kind(open));
        }
    }
}
