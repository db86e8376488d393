using System.Buffers.Binary;
using System.Text;

namespace Volley.Ssh.Keys;

/// <summary>Reads the fields of a key, a certificate or a signature one by one (RFC 4251 section 5), which come from anywhere and may be anything.</summary>
/// <param name="bytes">The fields.</param>
/// <param name="what">What they are, for messages.</param>
internal ref struct KeyFields(ReadOnlySpan<byte> bytes, string what)
{
    private const int LongestName = 64;

    private readonly int _length = bytes.Length;

    /// <summary>What is not read yet.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    /// <summary>How many bytes are read.</summary>
    public readonly int Position => _length - Rest.Length;

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    /// <summary>Bytes behind their number.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        var length = UInt32();
        return length <= int.MaxValue ? Take((int)length) : throw Damaged();
    }

    /// <summary>A string of 1 to 64 printable ASCII characters: a name of an algorithm (RFC 4251 section 6).</summary>
    public string Name()
    {
        var bytes = Bytes();
        return bytes.Length is 0 or > LongestName || bytes.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? throw Damaged() : Encoding.ASCII.GetString(bytes);
    }

    /// <summary>A string for people or to compare, as it is.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>An integer above zero, without leading zeros: at least one byte.</summary>
    public ReadOnlySpan<byte> Integer()
    {
        var bytes = Bytes();
        if (bytes is [>= 0x80, ..])
            throw Damaged();
        var digits = bytes.TrimStart((byte)0);
        return digits.IsEmpty ? throw Damaged() : digits;
    }

    /// <summary>Takes so many bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Rest.Length)
            throw Damaged();
        var taken = Rest[..count];
        Rest = Rest[count..];
        return taken;
    }

    /// <exception cref="SshException">Something is left.</exception>
    public readonly void End()
    {
        if (!Rest.IsEmpty)
            throw Damaged();
    }

    public readonly SshException Damaged() => new(SshFailure.UnusableKey, $"{what} is damaged");
}
