using Volley.Interop.Text;

namespace Volley.Hosts.Parsing;

/// <summary>The kinds of parts of a name, each with its allowed characters.</summary>
internal sealed class PartKind
{
    private readonly Func<char, bool> _isAllowed;
    private readonly string _allowed;

    public static readonly PartKind User = new("user name", NameCharacters.IsUser,
        "write it without spaces and without the shell's special characters");
    public static readonly PartKind Host = new("host name", NameCharacters.IsHost,
        "a host name has letters, digits, '.', '_' and '-'");
    public static readonly PartKind WholeHostPattern = new("pattern", character => NameCharacters.IsHost(character) || character is '*' or '?' or ':' or '%',
        "write letters, digits, '.', '_', '-', ranges as in [1-3] and the wildcards * and ?");
    public static readonly PartKind Port = new("port", char.IsAsciiDigit,
        "write a number from 1 to 65535");

    private PartKind(string name, Func<char, bool> isAllowed, string allowed)
    {
        Name = name;
        _isAllowed = isAllowed;
        _allowed = allowed;
    }

    public string Name { get; }

    /// <summary>Throws if the character is not allowed at this position.</summary>
    public void Check(ExpressionText text, int position, bool isFirst)
    {
        char character = text.Text[position];
        if (char.IsWhiteSpace(character))
            throw text.Error(position, "white space within an item; separate items with commas");
        if (character == ':' && this == User)
            throw text.Error(position, "a user name must not contain ':'; write user@host:port, without a password");
        if (isFirst && this == User && character == '-')
            throw text.Error(position, "a user name must not begin with '-', which ssh would take for an option");
        if (isFirst && this == Host && character is '-' or '.')
            throw text.Error(position, $"a host name must not begin with '{character}'; begin it with a letter or a digit");
        if (!_isAllowed(character))
            throw text.Error(position, $"unexpected {Describe(character)} in a {Name}; {_allowed}");
    }

    private static string Describe(char character) =>
        NameCharacters.IsPrintable(character) ? $"'{character}'"
        : SystemText.HasBytes([character]) ? $"byte 0x{SystemText.Encode([character])[0]:X2}, which is not UTF-8,"
        : $"character U+{(int)character:X4}";
}
