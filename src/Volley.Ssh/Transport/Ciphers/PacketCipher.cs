using System.Buffers.Binary;

namespace Volley.Ssh.Transport.Ciphers;

/// <summary>
/// Protects the packets of one direction, in place. A packet consists of its length (4 bytes), the padding's length, the message and the
/// padding, which the length counts, and the tag. Not thread-safe.
/// </summary>
internal abstract class PacketCipher : IDisposable
{
    /// <summary>The size of the length field in bytes.</summary>
    public const int HeaderLength = sizeof(uint);

    /// <summary>The block length (RFC 4253 section 6). A packet is a multiple of it, with the length field counted only if it is unencrypted.</summary>
    public abstract int BlockLength { get; }

    public abstract int TagLength { get; }

    /// <summary>The bytes of the length field that count for <see cref="BlockLength"/>: all or none.</summary>
    public virtual int AlignedHeader => 0;

    /// <summary>Returns the length of an incomplete packet. It is not authenticated yet.</summary>
    /// <param name="sequenceNumber">The packet's sequence number.</param>
    /// <param name="header">The packet's first four bytes, which are not changed.</param>
    public virtual uint ReadLength(uint sequenceNumber, ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header);

    /// <summary>Verifies a whole packet and decrypts the part between its length and its tag. Returns false if the packet was modified.</summary>
    public abstract bool TryOpen(uint sequenceNumber, Span<byte> packet);

    /// <summary>Encrypts a whole packet and writes its tag.</summary>
    public abstract void Seal(uint sequenceNumber, Span<byte> packet);

    /// <summary>Erases the keys.</summary>
    public abstract void Dispose();
}
