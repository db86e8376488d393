using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Volley.Ssh.Wire;
using Volley.Testing;

namespace Volley.Ssh.UnitTests;

/// <summary>A server for programs: it accepts every login, and the test defines the behavior of its channels.</summary>
internal sealed class ScriptedServer : LoopbackServer
{
    private readonly ConcurrentBag<Task> _clients = [];
    private readonly CancellationTokenSource _disposed = new();
    private readonly TransportKey _hostKey = TransportKey.Create("ssh-ed25519");

    public ScriptedServer()
        : base("127.0.0.1") => _ = ServeAsync();

    /// <summary>Answers the request to open a channel; the default confirms it.</summary>
    public Func<ScriptedClient, uint, Task> OnOpen { get; init; } = static (client, channel) => client.SendAsync(Wire.Confirmation(channel, own: channel));

    /// <summary>Takes a request on a channel, with its type; the default takes no notice.</summary>
    public Func<ScriptedClient, uint, string, Task> OnRequest { get; init; } = static (_, _, _) => Task.CompletedTask;

    /// <summary>Takes a global request that wants an answer; the default refuses it.</summary>
    public Func<ScriptedClient, Task> OnGlobalRequest { get; init; } = static client => client.SendAsync([MessageNumber.RequestFailure]);

    /// <summary>Handles a login request; the default accepts it.</summary>
    public Func<ScriptedClient, byte[], Task> OnLogin { get; init; } = static (client, _) => client.SendAsync([MessageNumber.UserAuthSuccess]);

    /// <summary>Changes the signature by which the server proves its key.</summary>
    public Func<byte[], byte[]> Signature { get; init; } = static signature => signature;

    /// <summary>How many clients have connected.</summary>
    public int Connections => _clients.Count;

    /// <summary>How the server calls itself.</summary>
    public string Version { get; init; } = "SSH-2.0-Scripted";

    protected override void OnConnection(Socket client) => _clients.Add(ServeAsync(client));

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var server = TransportServer.Of(socket);
        (server.Version, server.Signature, server.HostKey) = (Version, Signature, _hostKey);
        using var ending = _disposed.Token.Register(socket.Dispose);
        using var client = new ScriptedClient(server);
        await server.PlayAsync(async it =>
        {
            await it.GreetAsync();
            await it.ExchangeInitsAsync();
            await it.ExchangeKeysAsync();
            Arrived();
            while (true)
                await AnswerAsync(client, await it.ReadAsync());
        });
    }

    private async Task AnswerAsync(ScriptedClient client, byte[] message)
    {
        switch (message[0])
        {
            case MessageNumber.ServiceRequest:
                await client.SendAsync(Wire.Message(MessageNumber.ServiceAccept, "ssh-userauth"));
                break;
            case MessageNumber.UserAuthRequest:
                client.User = Encoding.UTF8.GetString(message, 5, (int)Wire.UInt32(message, 1));
                await OnLogin(client, message);
                break;
            case MessageNumber.GlobalRequest when WantsReply(message, 1):
                await OnGlobalRequest(client);
                break;
            case MessageNumber.ChannelWindowAdjust:
                client.WindowAdjusted.TrySetResult();
                break;
            case MessageNumber.ChannelOpen:
                await OnOpen(client, Wire.UInt32(message, 5 + (int)Wire.UInt32(message, 1)));
                break;
            case MessageNumber.ChannelRequest:
                await OnRequest(client, Wire.UInt32(message, 1), Encoding.ASCII.GetString(message, 9, (int)Wire.UInt32(message, 5)));
                break;
            case MessageNumber.ChannelClose:
                await client.SendAsync(Wire.Close(Wire.UInt32(message, 1)));
                break;
        }
    }

    private static bool WantsReply(byte[] message, int at) => message[at + 4 + (int)Wire.UInt32(message, at)] != 0;
}

/// <summary>A client of the server. Channels have the same number on both sides.</summary>
internal sealed class ScriptedClient(TransportServer server) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Who has logged in.</summary>
    public string User { get; set; } = "";

    /// <summary>Whether it has asked which methods there are.</summary>
    public bool HasAskedNone { get; set; }

    /// <summary>Completes once the client has read from a channel, and allows more.</summary>
    public TaskCompletionSource WindowAdjusted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Closes the TCP connection, behind what was sent.</summary>
    public void HangUp() => server.EndSending();
    private readonly CancellationTokenSource _ended = new();

    public async Task SendAsync(params byte[][] messages)
    {
        await _turn.WaitAsync();
        try
        {
            foreach (var message in messages)
                await server.SendAsync(message);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Shows that the server lives, again and again until the client has left, and answers nothing.</summary>
    public async Task TrickleAsync(uint channel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
                await SendAsync(Wire.Adjust(channel, 1));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client has left.
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
        _turn.Dispose();
    }
}
