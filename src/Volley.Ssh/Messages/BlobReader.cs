using System.Buffers.Binary;

namespace Volley.Ssh.Messages;

/// <summary>Reads the fields of a key or a signature (RFC 4251 section 5), which come from anywhere and may be anything.</summary>
internal ref struct BlobReader(ReadOnlySpan<byte> blob)
{
    private ReadOnlySpan<byte> _rest = blob;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Takes a field of the type "string"; false if there is none.</summary>
    public bool TryBytes(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (_rest.Length < sizeof(uint))
            return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(_rest);
        if (length > _rest.Length - sizeof(uint))
            return false;
        value = _rest.Slice(sizeof(uint), (int)length);
        _rest = _rest[(sizeof(uint) + (int)length)..];
        return true;
    }

    /// <summary>Takes a field of the type "mpint" that is above zero, without leading zeros; false if there is none.</summary>
    public bool TryPositive(out ReadOnlySpan<byte> value)
    {
        if (!TryBytes(out value) || value.IsEmpty || value[0] >= 0x80)
            return false;
        value = value.TrimStart((byte)0);
        return !value.IsEmpty;
    }
}
