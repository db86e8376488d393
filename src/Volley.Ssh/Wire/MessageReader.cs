using System.Buffers.Binary;
using System.Text;

namespace Volley.Ssh.Wire;

/// <summary>Parses the fields of one message (RFC 4251 section 5). A message that is too short for a field is a protocol violation.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> message)
{
    private const int LongestText = 4096;

    private readonly byte _number = message[0];
    private ReadOnlySpan<byte> _rest = message[1..];

    /// <summary>Whether everything was read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool Boolean() => Take(1)[0] != 0;

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    /// <summary>Reads a number of bytes without a length.</summary>
    public ReadOnlySpan<byte> Raw(int count) => Take(count);

    /// <summary>Reads a field of type "string" (RFC 4251): a length and that many bytes.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        var length = UInt32();
        return length <= int.MaxValue ? Take((int)length) : throw TooShort();
    }

    /// <summary>Reads a string for display. Control characters are replaced by spaces, and long text is cut.</summary>
    public string Text()
    {
        var bytes = Bytes();
        var text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, LongestText)]);
        return string.Create(text.Length, text, static (characters, source) =>
        {
            for (var i = 0; i < characters.Length; i++)
                characters[i] = char.IsControl(source[i]) ? ' ' : source[i];
        }).Trim();
    }

    /// <summary>Reads a string for display that may be missing or incomplete.</summary>
    public bool TryText(out string text)
    {
        text = "";
        if (_rest.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32BigEndian(_rest) > (uint)_rest.Length - sizeof(uint))
            return false;
        text = Text();
        return true;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw TooShort();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private readonly SshException TooShort() => SshException.Violation($"message {_number} is cut short");
}
