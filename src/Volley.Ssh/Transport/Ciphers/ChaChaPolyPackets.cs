using System.Buffers.Binary;
using System.Security.Cryptography;
using Volley.Interop;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.Transport.Ciphers;

/// <summary>chacha20-poly1305@openssh.com: OpenSSH's PROTOCOL.chacha20poly1305. The length is encrypted with a separate key.</summary>
internal sealed class ChaChaPolyPackets(ReadOnlySpan<byte> key) : PacketCipher
{
    public const int KeyLength = 2 * Sodium.CipherKeySize;

    private readonly SecretBytes _bodyKey = new(key[..Sodium.CipherKeySize]);
    private readonly SecretBytes _lengthKey = new(key[Sodium.CipherKeySize..]);

    public override int BlockLength => 8;

    public override int TagLength => Sodium.TagSize;

    public override uint ReadLength(uint sequenceNumber, ReadOnlySpan<byte> header)
    {
        Span<byte> length = stackalloc byte[HeaderLength];
        header[..HeaderLength].CopyTo(length);
        ChaChaPoly.CryptLength(_lengthKey.Span, sequenceNumber, length);
        return BinaryPrimitives.ReadUInt32BigEndian(length);
    }

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        var (_, body, tag) = new PacketParts(packet, TagLength);
        Span<byte> expected = stackalloc byte[TagLength];
        ChaChaPoly.Authenticate(_bodyKey.Span, sequenceNumber, packet[..^TagLength], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, tag))
            return false;
        ChaChaPoly.Crypt(_bodyKey.Span, sequenceNumber, body);
        return true;
    }

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        var (header, body, tag) = new PacketParts(packet, TagLength);
        ChaChaPoly.CryptLength(_lengthKey.Span, sequenceNumber, header);
        ChaChaPoly.Crypt(_bodyKey.Span, sequenceNumber, body);
        ChaChaPoly.Authenticate(_bodyKey.Span, sequenceNumber, packet[..^TagLength], tag);
    }

    public override void Dispose()
    {
        _lengthKey.Dispose();
        _bodyKey.Dispose();
    }
}
