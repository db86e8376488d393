using System.Buffers.Binary;
using System.Text;

namespace Volley.Ssh.Messages;

/// <summary>Puts keys and signatures together (RFC 4251 section 5).</summary>
internal static class Blob
{
    /// <summary>A name and fields, each of the type "string".</summary>
    public static byte[] Of(string name, params ReadOnlySpan<byte[]> fields)
    {
        var length = sizeof(uint) + name.Length;
        foreach (var field in fields)
            length += sizeof(uint) + field.Length;
        var blob = new byte[length];
        var rest = Put(blob, Encoding.ASCII.GetBytes(name));
        foreach (var field in fields)
            rest = Put(rest, field);
        return blob;
    }

    /// <summary>A positive number as an "mpint": without leading zeros, but for one where it would seem negative.</summary>
    public static byte[] Positive(ReadOnlySpan<byte> value)
    {
        value = value.TrimStart((byte)0);
        return value.IsEmpty || value[0] < 0x80 ? value.ToArray() : [0, .. value];
    }

    private static Span<byte> Put(Span<byte> target, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)value.Length);
        value.CopyTo(target[sizeof(uint)..]);
        return target[(sizeof(uint) + value.Length)..];
    }
}
