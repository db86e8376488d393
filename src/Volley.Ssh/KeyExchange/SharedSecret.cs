using System.Buffers.Binary;

namespace Volley.Ssh.KeyExchange;

/// <summary>The two forms that a shared secret has in the exchange hash (RFC 4251 section 5), each with its length in front.</summary>
internal static class SharedSecret
{
    /// <summary>As an "mpint": without leading zeros, but for one where the number would seem negative.</summary>
    public static byte[] Number(ReadOnlySpan<byte> value)
    {
        value = value.TrimStart((byte)0);
        var sign = !value.IsEmpty && value[0] >= 0x80 ? 1 : 0;
        var field = new byte[sizeof(uint) + sign + value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(field, (uint)(sign + value.Length));
        value.CopyTo(field.AsSpan(sizeof(uint) + sign));
        return field;
    }

    /// <summary>As a "string".</summary>
    public static byte[] Bytes(ReadOnlySpan<byte> value)
    {
        var field = new byte[sizeof(uint) + value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(field, (uint)value.Length);
        value.CopyTo(field.AsSpan(sizeof(uint)));
        return field;
    }
}
