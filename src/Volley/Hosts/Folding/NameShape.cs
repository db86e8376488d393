using Volley.Hosts.Parsing;

namespace Volley.Hosts.Folding;

/// <summary>Splits a name into the numbers of its host and the text around them, the shape.</summary>
internal sealed class NameShape
{
    /// <summary>The placeholder of a number in a shape. It occurs in no name.</summary>
    public const char Slot = '\0';

    private readonly char[] _text = new char[2 * NameCharacters.MaxLength + "@:65535".Length];
    // At least one other character is between two numbers.
    private readonly ulong[] _numbers = new ulong[(NameCharacters.MaxLength + 1) / 2];
    private int _length;
    private int _count;

    /// <summary>The shape of the last name, with a slot for each number of its host.</summary>
    public ReadOnlySpan<char> Text => _text.AsSpan(0, _length);

    /// <summary>The codes of the numbers of the last name.</summary>
    public ReadOnlySpan<ulong> Numbers => _numbers.AsSpan(0, _count);

    /// <summary>Reads a name.</summary>
    /// <returns>False if the name has no number to fold or is not valid in an expression.</returns>
    public bool Read(ReadOnlySpan<char> name)
    {
        _length = _count = 0;
        int at = name.LastIndexOf('@');
        int colon = name[(at + 1)..].IndexOf(':');
        int hostEnd = colon < 0 ? name.Length : at + 1 + colon;
        ReadOnlySpan<char> host = name[(at + 1)..hostEnd];
        if (!NameCharacters.IsHost(host) || at >= 0 && !NameCharacters.IsUser(name[..at]) || !IsPort(name[hostEnd..]))
            return false;

        Append(name[..(at + 1)]);
        for (int i = 0; i < host.Length;)
        {
            int end = i;
            ulong value = 0;
            int zeros = 0;
            for (; end < host.Length && char.IsAsciiDigit(host[end]); end++)
            {
                value = unchecked((value * 10) + host[end] - '0');
                zeros += value == 0 ? 1 : 0;
            }
            // A longer number does not fit into a range, so it stays text.
            if (end - i > NumberRange.MaxDigits)
            {
                Append(host[i..end]);
            }
            else if (end > i)
            {
                _numbers[_count++] = new Number(value, value == 0 ? zeros - 1 : zeros).Code;
                _text[_length++] = Slot;
            }
            if (end < host.Length)
                _text[_length++] = host[end++];
            i = end;
        }
        Append(name[hostEnd..]);
        return _count > 0;
    }

    private void Append(ReadOnlySpan<char> text)
    {
        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.IsEmpty
        || text.Length is > 1 and <= 6 && !text[1..].ContainsAnyExceptInRange('0', '9');
}
