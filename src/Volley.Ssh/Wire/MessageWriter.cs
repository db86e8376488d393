using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Volley.Ssh.Wire;

/// <summary>Writes the fields of one message (RFC 4251 section 5) to a rented array.</summary>
internal ref struct MessageWriter
{
    private byte[] _array;
    private int _length;

    /// <summary>Begins a message.</summary>
    /// <param name="number">The message's number.</param>
    /// <param name="room">The expected number of bytes after it.</param>
    public MessageWriter(byte number, int room = 64)
    {
        _array = ArrayPool<byte>.Shared.Rent(room + 1);
        _array[0] = number;
        _length = 1;
    }

    public void Boolean(bool value) => Claim(1)[0] = value ? (byte)1 : (byte)0;

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Claim(sizeof(uint)), value);

    /// <summary>Writes bytes without a length.</summary>
    public void Raw(scoped ReadOnlySpan<byte> value) => value.CopyTo(Claim(value.Length));

    public void Bytes(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length);
        value.CopyTo(Claim(value.Length));
    }

    public void Text(string value)
    {
        var length = SystemText.GetByteCount(value);
        UInt32((uint)length);
        SystemText.Encode(value, Claim(length));
    }

    /// <summary>Writes a list of names (RFC 4251 section 5): ASCII, separated by commas.</summary>
    public void Names(IReadOnlyList<string> names, params ReadOnlySpan<string> further)
    {
        UInt32(0);
        var start = _length;
        foreach (var name in names)
            Append(name, start);
        foreach (var name in further)
            Append(name, start);
        BinaryPrimitives.WriteUInt32BigEndian(_array.AsSpan(start - sizeof(uint)), (uint)(_length - start));
    }

    /// <summary>Returns the finished message, which takes ownership of the array.</summary>
    public readonly OutgoingMessage Finish() => new(_array, _length);

    /// <summary>Returns the finished message, which is erased after sending.</summary>
    public readonly OutgoingMessage FinishSecret() => new(_array, _length, isSecret: true);

    private void Append(string name, int start)
    {
        if (_length > start)
            Claim(1)[0] = (byte)',';
        Encoding.ASCII.GetBytes(name, Claim(name.Length));
    }

    private Span<byte> Claim(int count)
    {
        if (_array.Length - _length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_array.Length * 2, checked(_length + count)));
            _array.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_array);
            _array = larger;
        }
        _length += count;
        return _array.AsSpan(_length - count, count);
    }
}

/// <summary>A message to send, in a rented array.</summary>
internal readonly struct OutgoingMessage(byte[] array, int length, bool isSecret = false)
{
    public int Length => length;

    public ReadOnlyMemory<byte> Memory => array.AsMemory(0, length);

    public void Return() => ArrayPool<byte>.Shared.Return(array, clearArray: isSecret);
}
