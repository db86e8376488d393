using System.Buffers.Binary;

namespace Volley.Ssh.Ciphers;

/// <summary>
/// Protects the packets of one direction. A packet is its length (4 bytes), then what the length counts: the padding's
/// length, the message and the padding; then the tag. Everything happens in place. Used by one thread at a time.
/// </summary>
internal abstract class PacketCipher : IDisposable
{
    /// <summary>The packet's length field.</summary>
    public const int HeaderLength = sizeof(uint);

    /// <summary>What the length must be a multiple of (RFC 4253 section 6); the length field itself counts only in the clear.</summary>
    public abstract int BlockLength { get; }

    public abstract int TagLength { get; }

    /// <summary>How much of the length field counts for <see cref="BlockLength"/>: all of it, or nothing.</summary>
    public virtual int AlignedHeader => 0;

    /// <summary>The length of a packet of which only the beginning is there. It is not authentic yet.</summary>
    /// <param name="sequenceNumber">The packet's number.</param>
    /// <param name="header">Its first four bytes, which stay as they are.</param>
    public virtual uint ReadLength(uint sequenceNumber, ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header);

    /// <summary>Checks a whole packet and decrypts what lies between its length and its tag; false if it was changed on its way.</summary>
    public abstract bool TryOpen(uint sequenceNumber, Span<byte> packet);

    /// <summary>Encrypts a whole packet, and fills its tag.</summary>
    public abstract void Seal(uint sequenceNumber, Span<byte> packet);

    /// <summary>Forgets the keys.</summary>
    public abstract void Dispose();
}
