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
    private readonly byte[] _nonce = new byte[NonceLength];

    // The platform's cipher, which is many times as fast. As it stands in RFC 8439 it adds a tag of its own, over other
    // bytes, which nobody needs here; but its key stream is the same: there the counter has 4 bytes and the nonce 12, of
    // which the first 4 are 0 here, and its text begins with the second block too.
    private readonly ChaCha20Poly1305? _platform;

    public ChaChaPolyPackets(ReadOnlySpan<byte> key)
        : this(key, ChaCha20Poly1305.IsSupported)
    {
    }

    internal ChaChaPolyPackets(ReadOnlySpan<byte> key, bool usePlatform)
    {
        _bodyKey = new(key[..HalfLength]);
        _lengthKey = new(key[HalfLength..]);
        _platform = usePlatform ? new(key[..HalfLength]) : null;
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
        EncryptBody(sequenceNumber, body);
        return true;
    }

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        var (header, body, tag) = new PacketParts(packet, TagLength);
        Start(_lengthStream, _lengthKey, sequenceNumber);
        _lengthStream.ProcessBytes(header, header);
        StartBody(sequenceNumber);
        EncryptBody(sequenceNumber, body);
        Mac(packet[..^TagLength], tag);
    }

    public override void Dispose() => _platform?.Dispose();

    private void Start(ChaChaEngine stream, KeyParameter key, uint sequenceNumber)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_nonce, sequenceNumber);
        stream.Init(true, new ParametersWithIV(key, _nonce));
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

    /// <summary>Encrypts or decrypts, which is the same.</summary>
    private void EncryptBody(uint sequenceNumber, Span<byte> body)
    {
        if (_platform is null)
        {
            _bodyStream.ProcessBytes(body, body);
            return;
        }
        Span<byte> nonce = stackalloc byte[sizeof(uint) + NonceLength];
        Span<byte> unused = stackalloc byte[TagLength];
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[sizeof(uint)..], sequenceNumber);
        _platform.Encrypt(nonce, body, body, unused);
    }

    private void Mac(ReadOnlySpan<byte> data, Span<byte> tag)
    {
        _poly.BlockUpdate(data);
        _poly.DoFinal(tag);
    }
}
