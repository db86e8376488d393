using System.Buffers.Binary;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>A client whose server the test plays.</summary>
internal sealed class SftpScene : IAsyncDisposable
{
    private SftpScene(SftpClient client, DuplexStream server) => (Client, Server) = (client, server);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public SftpClient Client { get; }

    public DuplexStream Server { get; }

    public byte[] LastRequest { get; private set; } = [];

    public static async Task<SftpScene> StartAsync()
    {
        var (client, server) = DuplexStream.CreatePair();
        var connecting = SftpClient.ConnectAsync(client, Token);
        await ReadPacketAsync(server);
        await server.WriteAsync(new byte[] { 0, 0, 0, 5, 2, 0, 0, 0, 3 }, Token);
        return new(await connecting, server);
    }

    public static byte[] Packet(byte number, uint id, byte[] fields) => [.. Length(5 + fields.Length), number, .. Length((int)id), .. fields];

    public async Task<SftpFile> OpenAsync(FileAccess access = FileAccess.Read)
    {
        var opening = Client.OpenAsync("/file", FileMode.Open, access, cancellationToken: Token);
        await AnswerAsync(102, await ReadRequestAsync(), [0, 0, 0, 1, 7]);
        return await opening;
    }

    /// <summary>Reads a request. Returns its id.</summary>
    public async Task<uint> ReadRequestAsync()
    {
        LastRequest = await ReadPacketAsync(Server);
        return BinaryPrimitives.ReadUInt32BigEndian(LastRequest.AsSpan(1));
    }

    public async Task AnswerAsync(byte number, uint id, byte[] fields) => await Server.WriteAsync(Packet(number, id, fields), Token);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Client.DisposeAsync();
    }

    public static async Task<byte[]> ReadPacketAsync(DuplexStream server)
    {
        var length = new byte[4];
        await server.ReadExactlyAsync(length, Token);
        var packet = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await server.ReadExactlyAsync(packet, Token);
        return packet;
    }

    /// <summary>Returns the four bytes of a number.</summary>
    public static byte[] Length(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
