using System.Buffers;
using System.Globalization;

namespace Volley.Hosts.Parsing;

/// <summary>The characters allowed in users and hosts: none that is special to a shell, to ssh's options or in a path.</summary>
internal static class NameCharacters
{
    /// <summary>The longest user and the longest host. A domain name has at most 255 octets (RFC 1035, 2.3.4).</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> AsciiInHost =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-");
    private static readonly SearchValues<char> NotInUser = SearchValues.Create(":,[]'\"$`;|&<>(){}/*?!#");

    public static bool IsHost(char character) =>
        char.IsLetter(character) || char.IsAsciiDigit(character) || character is '.' or '_' or '-';

    public static bool IsUser(char character) => !NotInUser.Contains(character) && IsPrintable(character);

    public static bool IsHost(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxLength || name[0] is '-' or '.')
            return false;
        int other = name.IndexOfAnyExcept(AsciiInHost);
        for (int i = other; i >= 0 && i < name.Length; i++)
        {
            if (!IsHost(name[i]))
                return false;
        }
        return true;
    }

    public static bool IsUser(ReadOnlySpan<char> name)
    {
        foreach (char character in name)
        {
            if (!IsUser(character))
                return false;
        }
        return name.Length is > 0 and <= MaxLength && name[0] is not ('-' or '^') && name[^1] != '\\';
    }

    /// <summary>Returns whether a terminal shows the character as one visible mark, without moving the cursor or hiding it.</summary>
    public static bool IsPrintable(char character) => character is > ' ' and <= '~' || character > '~' &&
        char.GetUnicodeCategory(character) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator);
}
