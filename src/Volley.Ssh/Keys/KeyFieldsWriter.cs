using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Volley.Ssh.Keys;

/// <summary>Writes the fields of a public key or signature (RFC 4251 section 5). Not for secrets, because nothing is zeroed.</summary>
internal sealed class KeyFieldsWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public KeyFieldsWriter Name(string value) => Bytes(Encoding.ASCII.GetBytes(value));

    public KeyFieldsWriter Bytes(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length);
        _bytes.Write(value);
        return this;
    }

    public KeyFieldsWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.GetSpan(sizeof(uint)), value);
        _bytes.Advance(sizeof(uint));
        return this;
    }

    public KeyFieldsWriter Boolean(bool value)
    {
        _bytes.Write<byte>([value ? (byte)1 : (byte)0]);
        return this;
    }

    /// <summary>Writes a non-negative integer.</summary>
    /// <param name="magnitude">Its bytes in big-endian order.</param>
    public KeyFieldsWriter Integer(ReadOnlySpan<byte> magnitude)
    {
        var digits = magnitude.TrimStart((byte)0);
        if (digits is not [>= 0x80, ..])
            return Bytes(digits);
        UInt32((uint)digits.Length + 1);
        _bytes.Write<byte>([0]);
        _bytes.Write(digits);
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
