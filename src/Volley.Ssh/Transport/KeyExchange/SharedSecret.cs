using System.Buffers.Binary;

namespace Volley.Ssh.Transport.KeyExchange;

/// <summary>The two encodings of a shared secret in the exchange hash (RFC 4251 section 5), each with its length.</summary>
internal static class SharedSecret
{
    /// <summary>Encodes an "mpint": without leading zeros, except one that keeps the number positive.</summary>
    public static byte[] Number(ReadOnlySpan<byte> value)
    {
        value = value.TrimStart((byte)0);
        var sign = !value.IsEmpty && value[0] >= 0x80 ? 1 : 0;
        var field = new byte[sizeof(uint) + sign + value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(field, (uint)(sign + value.Length));
        value.CopyTo(field.AsSpan(sizeof(uint) + sign));
        return field;
    }

    /// <summary>Encodes a "string".</summary>
    public static byte[] Bytes(ReadOnlySpan<byte> value)
    {
        var field = new byte[sizeof(uint) + value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(field, (uint)value.Length);
        value.CopyTo(field.AsSpan(sizeof(uint)));
        return field;
    }
}
