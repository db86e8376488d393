using System.Globalization;
using Volley.Hosts.Parsing;

namespace Volley.Hosts.Folding;

/// <summary>Splits a name into the numbers of its host and the text around them, the shape.</summary>
internal static class NameShape
{
    /// <summary>The placeholder of a number in a shape. It occurs in no name.</summary>
    public const char Slot = '\0';

    /// <summary>Writes the name to <paramref name="shape"/>, with a slot for each number of its host.</summary>
    /// <returns>The length of the shape, or 0 if the name has no number to fold or is not valid in an expression.</returns>
    public static int Read(ReadOnlySpan<char> name, Span<char> shape, List<Number> numbers)
    {
        numbers.Clear();
        int at = name.LastIndexOf('@');
        int colon = name[(at + 1)..].IndexOf(':');
        int hostEnd = colon < 0 ? name.Length : at + 1 + colon;
        ReadOnlySpan<char> host = name[(at + 1)..hostEnd];
        if (!NameCharacters.IsHost(host) || at >= 0 && !NameCharacters.IsUser(name[..at]) || !IsPort(name[hostEnd..]))
            return 0;

        name[..(at + 1)].CopyTo(shape);
        int length = at + 1;
        for (int i = 0; i < host.Length;)
        {
            int end = host[i..].IndexOfAnyExceptInRange('0', '9');
            end = end < 0 ? host.Length : i + end;
            ReadOnlySpan<char> digits = host[i..end];
            // A longer number does not fit into a range, so it stays text.
            if (digits.Length is > 0 and <= NumberRange.MaxDigits)
            {
                numbers.Add(new(long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture), digits.Length));
                shape[length++] = Slot;
            }
            else
            {
                digits.CopyTo(shape[length..]);
                length += digits.Length;
            }
            if (end < host.Length)
                shape[length++] = host[end++];
            i = end;
        }
        name[hostEnd..].CopyTo(shape[length..]);
        return numbers.Count == 0 ? 0 : length + name.Length - hostEnd;
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.IsEmpty
        || text.Length is > 1 and <= 6 && !text[1..].ContainsAnyExceptInRange('0', '9');
}
