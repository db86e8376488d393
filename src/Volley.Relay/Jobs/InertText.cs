using System.Globalization;
using System.Text;

namespace Volley.Relay.Jobs;

/// <summary>Text of jobs, which may be hostile, for messages and logs.</summary>
internal static class InertText
{
    /// <summary>Replaces what a terminal could interpret by <c>?</c>: control and format characters, lines, and what is no character.</summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">The largest number of characters.</param>
    public static string Create(string text, int limit)
    {
        var inert = new StringBuilder(Math.Min(text.Length, limit));
        foreach (var rune in text.EnumerateRunes())
        {
            if (inert.Length >= limit)
                return inert.Append('…').ToString();
            var isUnsafe = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
            inert.Append(isUnsafe ? "?" : rune.ToString());
        }

        return inert.ToString();
    }
}
