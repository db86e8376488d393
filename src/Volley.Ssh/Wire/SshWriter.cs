using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Volley.Interop.Text;

namespace Volley.Ssh.Wire;

/// <summary>Writes the fields of a message, key or signature (RFC 4251 section 5) to a rented array.</summary>
/// <remarks>Secrets must fit the capacity, because an array that becomes too small is not zeroed.</remarks>
internal ref struct SshWriter
{
    /// <summary>
    /// The longest message. OpenSSH ends the connection for a packet of more than 256 KiB (PACKET_MAX_SIZE), which also has the lengths, the padding and
    /// the MAC.
    /// </summary>
    public const int MaxMessage = (256 * 1024) - 46;

    private byte[] _array;
    private int _length;

    private SshWriter(int capacity) => _array = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Begins a message.</summary>
    /// <param name="number">The message's number.</param>
    /// <param name="capacity">The expected number of bytes after it.</param>
    public SshWriter(byte number, int capacity = 64)
        : this(capacity + 1)
    {
        _array[0] = number;
        _length = 1;
    }

    /// <summary>Begins fields without a message number.</summary>
    /// <param name="capacity">The expected number of bytes.</param>
    public static SshWriter WithoutNumber(int capacity = 128) => new(capacity);

    /// <summary>Returns one "mpint" with its length. The caller zeroes it if it is secret.</summary>
    /// <param name="magnitude">The bytes of a non-negative number in big-endian order.</param>
    public static byte[] EncodeMpint(ReadOnlySpan<byte> magnitude)
    {
        var field = new SshWriter(sizeof(uint) + 1 + magnitude.Length);
        field.WriteMpint(magnitude);
        return field.ToArray(isSecret: true);
    }

    /// <summary>Returns one "string" with its length. The caller zeroes it if it is secret.</summary>
    public static byte[] EncodeString(ReadOnlySpan<byte> value)
    {
        var field = new SshWriter(sizeof(uint) + value.Length);
        field.WriteString(value);
        return field.ToArray(isSecret: true);
    }

    public void WriteBoolean(bool value) => Claim(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Claim(sizeof(uint)), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Claim(sizeof(ulong)), value);

    /// <summary>Writes bytes without a length.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> value) => value.CopyTo(Claim(value.Length));

    /// <summary>Writes a "string": a length and the bytes.</summary>
    public void WriteString(scoped ReadOnlySpan<byte> value)
    {
        WriteUInt32((uint)value.Length);
        WriteRaw(value);
    }

    /// <summary>Writes a "string" of text, which may have bytes that are not UTF-8 (<see cref="SystemText"/>).</summary>
    public void WriteText(string value)
    {
        var length = SystemText.GetByteCount(value);
        WriteUInt32((uint)length);
        SystemText.Encode(value, Claim(length));
    }

    /// <summary>Writes a "name-list": ASCII names, separated by commas.</summary>
    public void WriteNameList(IReadOnlyList<string> names, params ReadOnlySpan<string> further)
    {
        WriteUInt32(0);
        var start = _length;
        foreach (var name in names)
            Append(name, start);
        foreach (var name in further)
            Append(name, start);
        BinaryPrimitives.WriteUInt32BigEndian(_array.AsSpan(start - sizeof(uint)), (uint)(_length - start));
    }

    /// <summary>Writes a non-negative "mpint": without leading zeros, except one that keeps the number positive.</summary>
    /// <param name="magnitude">The bytes of the number in big-endian order.</param>
    public void WriteMpint(scoped ReadOnlySpan<byte> magnitude)
    {
        var digits = magnitude.TrimStart((byte)0);
        var sign = digits is [>= 0x80, ..] ? 1 : 0;
        WriteUInt32((uint)(sign + digits.Length));
        Claim(sign).Clear();
        WriteRaw(digits);
    }

    /// <summary>Returns the finished message, which takes ownership of the array.</summary>
    /// <exception cref="ArgumentException">The message is longer than servers accept. Sending it would end the connection.</exception>
    public readonly OutgoingMessage Finish()
    {
        if (_length <= MaxMessage)
            return new(_array, _length);
        ArrayPool<byte>.Shared.Return(_array);
        throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture, $"a request of {_length:N0} bytes is longer than SSH servers take ({MaxMessage:N0}); shorten its texts"));
    }

    /// <summary>Returns the finished message, which is erased after sending.</summary>
    public readonly OutgoingMessage FinishSecret() => new(_array, _length, isSecret: true);

    /// <summary>Returns a copy of the written bytes, and releases the rented array.</summary>
    /// <param name="isSecret">Whether the rented array is zeroed.</param>
    public readonly byte[] ToArray(bool isSecret = false)
    {
        var bytes = _array.AsSpan(0, _length).ToArray();
        ArrayPool<byte>.Shared.Return(_array, clearArray: isSecret);
        return bytes;
    }

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
