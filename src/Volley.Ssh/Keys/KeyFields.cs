using System.Buffers.Binary;
using System.Text;

namespace Volley.Ssh.Keys;

/// <summary>Parses the fields of a key, certificate or signature (RFC 4251 section 5). The input is not trusted.</summary>
/// <param name="bytes">The fields.</param>
/// <param name="what">A description of the input, for messages.</param>
internal ref struct KeyFields(ReadOnlySpan<byte> bytes, string what)
{
    private const int LongestName = 64;

    private readonly int _length = bytes.Length;

    /// <summary>The unread bytes.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    /// <summary>The number of bytes that were read.</summary>
    public readonly int Position => _length - Rest.Length;

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    /// <summary>Reads a length and that many bytes.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        var length = UInt32();
        return length <= int.MaxValue ? Take((int)length) : throw Damaged();
    }

    /// <summary>Reads a string of 1 to 64 printable ASCII characters: the name of an algorithm (RFC 4251 section 6).</summary>
    public string Name()
    {
        var bytes = Bytes();
        return bytes.Length is 0 or > LongestName || bytes.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? throw Damaged() : Encoding.ASCII.GetString(bytes);
    }

    /// <summary>Reads a string, unchanged.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>Reads a positive integer. Returns it without leading zeros: at least one byte.</summary>
    public ReadOnlySpan<byte> Integer()
    {
        var bytes = Bytes();
        if (bytes is [>= 0x80, ..])
            throw Damaged();
        var digits = bytes.TrimStart((byte)0);
        return digits.IsEmpty ? throw Damaged() : digits;
    }

    /// <summary>Reads a number of bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Rest.Length)
            throw Damaged();
        var taken = Rest[..count];
        Rest = Rest[count..];
        return taken;
    }

    /// <summary>Checks that everything was read.</summary>
    /// <exception cref="SshException">There are unread bytes.</exception>
    public readonly void End()
    {
        if (!Rest.IsEmpty)
            throw Damaged();
    }

    public readonly SshException Damaged() => new(SshFailure.UnusableKey, $"{what} is damaged");
}
