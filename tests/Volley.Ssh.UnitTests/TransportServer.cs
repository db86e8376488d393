using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;
using Volley.Ssh.Auth;
using Volley.Ssh.Net;
using Volley.Ssh.Transport;
using Volley.Ssh.Transport.Ciphers;
using Volley.Ssh.Transport.KeyExchange;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>The server's side of the transport, played by the test step by step, so that it can go wrong at any of them.</summary>
internal sealed class TransportServer : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly NetworkStream _stream;
    private readonly SocketStream? _client;
    private readonly CancellationTokenSource _limit;
    private byte[] _clientVersion = [];
    private byte[] _clientInit = [];
    private byte[] _serverInit = [];
    private byte[] _sessionId = [];
    private int _writes;
    private SessionKeys? _keys;
    private Agreed? _agreed;

    private TransportServer(NetworkStream stream, SocketStream? client, TimeSpan limit) =>
        (_stream, _client, _limit) = (stream, client, new(limit));

    /// <summary>The other end, for a client in this process.</summary>
    public SocketStream Client => _client ?? throw new InvalidOperationException("the client is another process");

    public TransportKey HostKey { get; set; } = TransportKey.Create("ssh-ed25519");

    public string Version { get; set; } = "SSH-2.0-Scripted";

    /// <summary>What is offered; strict key exchange is part of it as OpenSSH has it.</summary>
    public IReadOnlyList<string> KeyExchanges { get; set; } = [.. SshAlgorithms.KeyExchanges, "kex-strict-s-v00@openssh.com"];

    /// <summary>Whether a packet is announced that is for the algorithms preferred here.</summary>
    public bool HasGuess { get; set; }

    public bool IsStrict => KeyExchanges.Contains("kex-strict-s-v00@openssh.com");

    /// <summary>Changes the signature of the exchange hash.</summary>
    public Func<byte[], byte[]> Signature { get; set; } = static signature => signature;

    /// <summary>Changes what goes over the wire, by the number of the write; null ends the server's side there.</summary>
    public Func<int, byte[], byte[]?>? Tamper { get; set; }

    public PacketCipher Sealer { get; private set; } = new ClearPackets();

    public PacketCipher Opener { get; private set; } = new ClearPackets();

    public uint SendNumber { get; set; }

    public uint ReceiveNumber { get; private set; }

    public CancellationToken Token => _limit.Token;

    /// <summary>What the client offered first.</summary>
    public KexInit ClientOffer => KexInit.Read(_clientInit);

    /// <summary>The algorithm lists as the client wrote them.</summary>
    public byte[] ClientInit => _clientInit;

    public ReadOnlyMemory<byte> SessionId => _sessionId;

    /// <summary>Runs a script of the server's side; what the client's sudden end does to it is no failure.</summary>
    public async Task PlayAsync(Func<TransportServer, Task> script)
    {
        try
        {
            await script(this);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client has left, or waits for what does not come.
        }
        try
        {
            EndSending();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is over already.
        }
    }

    /// <summary>The server's side for a client that has connected.</summary>
    public static TransportServer Of(Socket client) => new(new(client, ownsSocket: true), client: null, Limit);

    public static async Task<TransportServer> StartAsync(TimeSpan? limit = null)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var client = await NativeInteropServer.DialAsync(((IPEndPoint)listener.LocalEndPoint!).Port);
        return new(new(await listener.AcceptAsync(), ownsSocket: true), client, limit ?? Limit);
    }

    /// <summary>The server's side of a connection that a client in another process has made.</summary>
    public static TransportServer Over(Socket accepted) => new(new(accepted, ownsSocket: true), client: null, Limit);

    /// <summary>Starts the client on the other end.</summary>
    public Task<EncryptedPackets> ConnectAsync(
        SshTransportOptions? options = null, Stream? stream = null, CancellationToken cancellationToken = default) =>
        SshTransport.ConnectAsync(stream ?? Client, options ?? NativeInteropServer.Options(), cancellationToken).AsTask();

    /// <summary>A client that has exchanged keys.</summary>
    public async Task<EncryptedPackets> ConnectFullyAsync(SshTransportOptions? options = null, Stream? stream = null)
    {
        var connecting = ConnectAsync(options, stream: stream);
        await GreetAsync();
        await ExchangeInitsAsync();
        await ReplyAsync();
        await SendNewKeysAsync();
        var packets = await connecting.WaitAsync(Limit);
        // Its NEWKEYS would go with the first request.
        packets.Flush();
        await ReadNewKeysAsync();
        return packets;
    }

    public async Task GreetAsync()
    {
        await SendRawAsync(Encoding.ASCII.GetBytes(Version + "\r\n"));
        await ReadGreetingAsync();
    }

    public async Task ReadGreetingAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line is not [.., (byte)'\r', (byte)'\n'])
        {
            await _stream.ReadExactlyAsync(one, Token);
            line.Add(one[0]);
        }
        _clientVersion = [.. line[..^2]];
    }

    public async Task ExchangeInitsAsync()
    {
        await SendInitAsync();
        await ReadInitAsync();
    }

    public async Task SendInitAsync()
    {
        _serverInit = (KexInit.Create(NativeInteropServer.Options()) with { KeyExchanges = KeyExchanges, HostKeys = HostKey.SignatureAlgorithms })
            .Write(new byte[KexInit.CookieLength], isFirst: false);
        // Behind it there is only the field for later.
        _serverInit[^5] = HasGuess ? (byte)1 : (byte)0;
        await SendAsync(_serverInit);
    }

    public async Task ReadInitAsync()
    {
        _clientInit = await ReadAsync();
        Assert.Equal(MessageNumber.KexInit, _clientInit[0]);
        _agreed = Agreed.Negotiate(KexInit.Read(_clientInit), KexInit.Read(_serverInit));
    }

    /// <summary>The rest of a key exchange: reply and new keys, both ways.</summary>
    public async Task ExchangeKeysAsync()
    {
        await ReplyAsync();
        await SendNewKeysAsync();
        await ReadNewKeysAsync();
    }

    /// <summary>Reads the client's value and sends the reply.</summary>
    public async Task ReplyAsync(Func<byte[], byte[]>? change = null)
    {
        // A client answers a message that it does not know, before it knows that the exchange is a strict one.
        byte[] initiation;
        do
            initiation = await ReadAsync();
        while (initiation[0] == MessageNumber.Unimplemented);
        Assert.Equal(MessageNumber.KexInitiation, initiation[0]);
        var reply = Reply(initiation[5..]);
        await SendAsync(change is null ? reply : change(reply));
    }

    public async Task SendNewKeysAsync()
    {
        await SendAsync([MessageNumber.NewKeys]);
        Sealer = _agreed!.ToClient.Create(_keys!, toServer: false);
        if (IsStrict)
            SendNumber = 0;
    }

    public async Task ReadNewKeysAsync()
    {
        Assert.Equal((byte[])[MessageNumber.NewKeys], await ReadAsync());
        Opener = _agreed!.ToServer.Create(_keys!, toServer: true);
        if (IsStrict)
            ReceiveNumber = 0;
    }

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (Tamper is not null)
            {
                if (Tamper(_writes++, bytes.ToArray()) is not { } changed)
                {
                    EndSending();
                    throw new EndOfStreamException("ended by the test");
                }
                bytes = changed;
            }
            await _stream.WriteAsync(bytes, Token);
        }
        catch (IOException e) when (e is not EndOfStreamException)
        {
            // The client has failed; the test checks its message.
        }
    }

    public Task SendAsync(byte[] message) => SendRawAsync(Pack(message));

    /// <summary>A message as a packet, which counts as sent.</summary>
    public byte[] Pack(byte[] message, int? padding = null)
    {
        var pad = padding ?? Pad(message.Length);
        var packet = new byte[PacketCipher.HeaderLength + 1 + message.Length + pad + Sealer.TagLength];
        BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)(1 + message.Length + pad));
        packet[4] = (byte)pad;
        message.CopyTo(packet, 5);
        Sealer.Seal(SendNumber++, packet);
        return packet;
    }

    /// <summary>The next message, or the exception of a client that has left.</summary>
    public async Task<byte[]> ReadAsync()
    {
        var message = await ReadAnyAsync();
        return message[0] != MessageNumber.Disconnect ? message : throw new EndOfStreamException("the client has left");
    }

    private async Task<byte[]> ReadAnyAsync()
    {
        var header = new byte[PacketCipher.HeaderLength];
        await _stream.ReadExactlyAsync(header, Token);
        var packet = new byte[header.Length + (int)Opener.ReadLength(ReceiveNumber, header) + Opener.TagLength];
        header.CopyTo(packet, 0);
        await _stream.ReadExactlyAsync(packet.AsMemory(header.Length), Token);
        Assert.True(Opener.TryOpen(ReceiveNumber++, packet));
        return packet[5..(packet.Length - Opener.TagLength - packet[4])];
    }

    public async Task<byte[]> ExpectAsync(byte number)
    {
        var message = await ReadAnyAsync();
        Assert.Equal(number, message[0]);
        return message;
    }

    /// <summary>Logs a client in whatever it says.</summary>
    public async Task LogInAsync(EncryptedPackets packets)
    {
        var login = UserAuthentication.AuthenticateAsync(packets, new("user"), Token).AsTask();
        await ExpectAsync(MessageNumber.ServiceRequest);
        await SendAsync(Wire.Message(MessageNumber.ServiceAccept, "ssh-userauth"));
        await ExpectAsync(MessageNumber.UserAuthRequest);
        await SendAsync([MessageNumber.UserAuthSuccess]);
        await login.WaitAsync(Limit);
    }

    public void EndSending() => _stream.Socket.Shutdown(SocketShutdown.Send);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        if (_client is not null)
            await _client.DisposeAsync();
        _limit.Dispose();
    }

    private int Pad(int length)
    {
        var pad = Sealer.BlockLength - ((Sealer.AlignedHeader + 1 + length) % Sealer.BlockLength);
        return pad < 4 ? pad + Sealer.BlockLength : pad;
    }

    private byte[] Reply(byte[] clientValue)
    {
        var (serverValue, secret) = Agree(_agreed!.KeyExchange, clientValue);
        var hashName = _agreed.KeyExchange == "ecdh-sha2-nistp384" ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;
        var hostKey = HostKey.PublicBlob.ToArray();
        var hash = SessionKeys.ExchangeHash(hashName, _clientVersion, Encoding.ASCII.GetBytes(Version), _clientInit, _serverInit,
            hostKey, clientValue, serverValue, secret);
        if (_sessionId.Length == 0)
            _sessionId = hash;
        _keys = new(hashName, secret, hash, _sessionId);
        return Wire.Message(MessageNumber.KexReply, hostKey, serverValue, Signature(HostKey.Sign(_agreed.HostKey, hash)));
    }

    private static (byte[] Value, byte[] Secret) Agree(string method, byte[] clientValue)
    {
        if (method.StartsWith("ecdh", StringComparison.Ordinal))
        {
            using var agreement = KeyAgreement.Create(method);
            return (agreement.ClientValue.ToArray(), agreement.Agree(clientValue));
        }
        var share = new X25519Share();
        var classical = new byte[32];
        Assert.True(share.TryAgree(clientValue.AsSpan(clientValue.Length - 32), classical));
        if (method != "mlkem768x25519-sha256")
            return (share.PublicKey, SshWriter.EncodeMpint(classical));
        var encapsulator = new MLKemEncapsulator(MLKemParameters.ml_kem_768);
        encapsulator.Init(MLKemPublicKeyParameters.FromEncoding(MLKemParameters.ml_kem_768, clientValue[..^32]));
        var (ciphertext, quantum) = (new byte[encapsulator.EncapsulationLength], new byte[encapsulator.SecretLength]);
        encapsulator.Encapsulate(ciphertext, quantum);
        return ([.. ciphertext, .. share.PublicKey], SshWriter.EncodeString(SHA256.HashData((byte[])[.. quantum, .. classical])));
    }
}
