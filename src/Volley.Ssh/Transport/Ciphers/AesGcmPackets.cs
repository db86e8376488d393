using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Volley.Ssh.Transport.Ciphers;

/// <summary>aes128-gcm@openssh.com and aes256-gcm@openssh.com: RFC 5647 section 7, with the names of OpenSSH's PROTOCOL section 1.6.</summary>
internal sealed class AesGcmPackets : PacketCipher
{
    public const int NonceLength = 12;

    private const int FixedPart = sizeof(uint);

    private readonly AesGcm _aes;
    // Four constant bytes, followed by a counter that each packet increments.
    private readonly byte[] _nonce;

    public AesGcmPackets(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _aes = new(key, TagLength);
        _nonce = iv.ToArray();
    }

    public override int BlockLength => 16;

    public override int TagLength => 16;

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        var (header, body, tag) = Parts(packet);
        try
        {
            _aes.Decrypt(_nonce, body, tag, body, header);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        Count();
        return true;
    }

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        var (header, body, tag) = Parts(packet);
        _aes.Encrypt(_nonce, body, body, tag, header);
        Count();
    }

    public override void Dispose() => _aes.Dispose();

    private PacketParts Parts(Span<byte> packet) => new(packet, TagLength);

    private void Count()
    {
        var counter = _nonce.AsSpan(FixedPart);
        BinaryPrimitives.WriteUInt64BigEndian(counter, unchecked(BinaryPrimitives.ReadUInt64BigEndian(counter) + 1));
    }
}

/// <summary>The parts of a packet: its length field, the encrypted part, and its tag.</summary>
internal readonly ref struct PacketParts(Span<byte> packet, int tagLength)
{
    public Span<byte> Header { get; } = packet[..PacketCipher.HeaderLength];

    public Span<byte> Body { get; } = packet[PacketCipher.HeaderLength..^tagLength];

    public Span<byte> Tag { get; } = packet[^tagLength..];

    public void Deconstruct(out Span<byte> header, out Span<byte> body, out Span<byte> tag)
    {
        header = Header;
        body = Body;
        tag = Tag;
    }
}
