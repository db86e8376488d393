namespace Volley.Ssh.Ciphers;

/// <summary>Packets before the first key exchange: not protected at all.</summary>
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
