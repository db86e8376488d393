namespace Volley.Ssh.Transport.Ciphers;

/// <summary>The packets before the first key exchange, which are not protected.</summary>
internal sealed class ClearPackets : PacketCipher
{
    public override int BlockLength => 8;

    public override int TagLength => 0;

    public override int AlignedHeader => HeaderLength;

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet) => true;

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
    }

    public override void Dispose()
    {
    }
}
