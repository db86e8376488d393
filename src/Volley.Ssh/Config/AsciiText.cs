namespace Volley.Ssh.Config;

/// <summary>Conversion to lower case as ssh does it: only of ASCII letters.</summary>
internal static class AsciiText
{
    public static string ToLower(string text) => text.AsSpan().IndexOfAnyInRange('A', 'Z') < 0
        ? text
        : string.Create(text.Length, text, static (lower, text) =>
        {
            for (int i = 0; i < text.Length; i++)
                lower[i] = char.IsAsciiLetterUpper(text[i]) ? (char)(text[i] | 0x20) : text[i];
        });
}
