using System.Buffers.Binary;
using System.Text;

namespace Volley.Ssh.Wire;

/// <summary>Reads the fields of a message, key, certificate or signature (RFC 4251 section 5). The input is not trusted.</summary>
internal ref struct SshReader
{
    private const int MaxDisplayTextLength = 4096;
    private const int MaxNameLength = 64;
    private const int MaxNameListLength = 16 << 10;

    private readonly int _length;
    private readonly byte _number;
    private readonly string? _what;

    /// <summary>Reads the fields of a message after its number. Invalid fields are protocol violations.</summary>
    public SshReader(ReadOnlySpan<byte> message)
    {
        _number = message[0];
        Rest = message[1..];
        _length = Rest.Length;
    }

    /// <summary>Reads fields without a message number. Invalid fields make the key unusable.</summary>
    /// <param name="fields">The fields.</param>
    /// <param name="what">A description of the input, for error messages.</param>
    public SshReader(ReadOnlySpan<byte> fields, string what)
    {
        Rest = fields;
        _length = fields.Length;
        _what = what;
    }

    /// <summary>The unread bytes.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; }

    /// <summary>The number of bytes that were read.</summary>
    public readonly int Position => _length - Rest.Length;

    /// <summary>Whether everything was read.</summary>
    public readonly bool IsAtEnd => Rest.IsEmpty;

    public bool ReadBoolean() => ReadRaw(1)[0] != 0;

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(ReadRaw(sizeof(uint)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(ReadRaw(sizeof(ulong)));

    /// <summary>Reads a number of bytes without a length.</summary>
    public ReadOnlySpan<byte> ReadRaw(int count)
    {
        if (count > Rest.Length)
            throw Invalid();
        var bytes = Rest[..count];
        Rest = Rest[count..];
        return bytes;
    }

    /// <summary>Reads a "string": a length and that many bytes.</summary>
    public ReadOnlySpan<byte> ReadString()
    {
        var length = ReadUInt32();
        return length <= int.MaxValue ? ReadRaw((int)length) : throw Invalid();
    }

    /// <summary>Reads a "string" of UTF-8 text, unchanged.</summary>
    public string ReadText() => Encoding.UTF8.GetString(ReadString());

    /// <summary>Reads a "string" for display. Control characters are replaced by spaces, and long text is cut.</summary>
    public string ReadDisplayText()
    {
        var bytes = ReadString();
        var text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, MaxDisplayTextLength)]);
        return string.Create(text.Length, text, static (characters, source) =>
        {
            for (var i = 0; i < characters.Length; i++)
                characters[i] = char.IsControl(source[i]) ? ' ' : source[i];
        }).Trim();
    }

    /// <summary>Reads a "string" for display that may be missing or incomplete.</summary>
    public bool TryReadDisplayText(out string text)
    {
        text = "";
        if (Rest.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32BigEndian(Rest) > (uint)Rest.Length - sizeof(uint))
            return false;
        text = ReadDisplayText();
        return true;
    }

    /// <summary>Reads the name of an algorithm (RFC 4251 section 6): 1 to 64 printable ASCII characters.</summary>
    public string ReadName()
    {
        var bytes = ReadString();
        return bytes.Length is > 0 and <= MaxNameLength && IsPrintable(bytes) ? Encoding.ASCII.GetString(bytes) : throw Invalid();
    }

    /// <summary>Reads a "name-list".</summary>
    public string[] ReadNameList()
    {
        var list = ReadString();
        if (list.Length > MaxNameListLength || !IsPrintable(list))
            throw SshException.Violation("an algorithm list that is none");
        return list.IsEmpty ? [] : Encoding.ASCII.GetString(list).Split(',');
    }

    /// <summary>Reads a positive "mpint". Returns it without leading zeros: at least one byte.</summary>
    public ReadOnlySpan<byte> ReadMpint()
    {
        var bytes = ReadString();
        if (bytes is [>= 0x80, ..])
            throw Invalid();
        var digits = bytes.TrimStart((byte)0);
        return digits.IsEmpty ? throw Invalid() : digits;
    }

    /// <summary>Checks that everything was read.</summary>
    /// <exception cref="SshException">There are unread bytes.</exception>
    public readonly void CheckEnd()
    {
        if (!IsAtEnd)
            throw Invalid();
    }

    /// <summary>Returns the exception for invalid input.</summary>
    public readonly SshException Invalid() => _what is null
        ? SshException.Violation($"message {_number} is cut short")
        : new(SshFailure.UnusableKey, $"{_what} is damaged");

    private static bool IsPrintable(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExceptInRange((byte)'!', (byte)'~');
}
