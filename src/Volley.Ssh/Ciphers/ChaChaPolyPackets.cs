using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace Volley.Ssh.Ciphers;

/// <summary>
/// chacha20-poly1305@openssh.com: OpenSSH's PROTOCOL.chacha20poly1305. The length is encrypted with a key of its own;
/// the tag's key is the first block of the packet's key stream, and the tag is over all that is encrypted.
/// </summary>
internal sealed class ChaChaPolyPackets : PacketCipher
{
    public const int KeyLength = 2 * HalfLength;

    private const int HalfLength = 32;
    private const int NonceLength = 8;
    private const int ChaChaBlock = 64;

    private readonly ChaChaEngine _lengthStream = new();
    private readonly ChaChaEngine _bodyStream = new();
    private readonly KeyParameter _lengthKey;
    private readonly KeyParameter _bodyKey;
    private readonly Poly1305 _poly = new();

    public ChaChaPolyPackets(ReadOnlySpan<byte> key)
    {
        _bodyKey = new(key[..HalfLength]);
        _lengthKey = new(key[HalfLength..]);
        Start(_bodyStream, _bodyKey, 0);
        Start(_lengthStream, _lengthKey, 0);
    }

    public override int BlockLength => 8;

    public override int TagLength => 16;

    public override uint ReadLength(uint sequenceNumber, ReadOnlySpan<byte> header)
    {
        Start(_lengthStream, _lengthKey, sequenceNumber);
        Span<byte> length = stackalloc byte[HeaderLength];
        _lengthStream.ProcessBytes(header[..HeaderLength], length);
        return BinaryPrimitives.ReadUInt32BigEndian(length);
    }

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        var (_, body, tag) = new PacketParts(packet, TagLength);
        Span<byte> expected = stackalloc byte[TagLength];
        StartBody(sequenceNumber);
        Mac(packet[..^TagLength], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, tag))
            return false;
        _bodyStream.ProcessBytes(body, body);
        return true;
    }

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        var (header, body, tag) = new PacketParts(packet, TagLength);
        Start(_lengthStream, _lengthKey, sequenceNumber);
        _lengthStream.ProcessBytes(header, header);
        StartBody(sequenceNumber);
        _bodyStream.ProcessBytes(body, body);
        Mac(packet[..^TagLength], tag);
    }

    public override void Dispose()
    {
    }

    private static void Start(ChaChaEngine stream, KeyParameter key, uint sequenceNumber)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, sequenceNumber);
        stream.Init(true, new ParametersWithIV(key, nonce));
    }

    /// <summary>Takes the key of the tag from the stream's first block, so that the stream goes on with the next one.</summary>
    private void StartBody(uint sequenceNumber)
    {
        Start(_bodyStream, _bodyKey, sequenceNumber);
        Span<byte> first = stackalloc byte[ChaChaBlock];
        first.Clear();
        _bodyStream.ProcessBytes(first, first);
        _poly.Init(new KeyParameter(first[..HalfLength]));
        CryptographicOperations.ZeroMemory(first);
    }

    private void Mac(ReadOnlySpan<byte> data, Span<byte> tag)
    {
        _poly.BlockUpdate(data);
        _poly.DoFinal(tag);
    }
}
