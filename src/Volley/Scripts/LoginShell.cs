using System.Buffers;
using System.Text;
using Volley.Interop.Text;

namespace Volley.Scripts;

/// <summary>Command lines that sh, bash, zsh, csh and fish parse alike.</summary>
internal static class LoginShell
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz./-");

    /// <summary>
    /// Returns a line that runs a program with the given arguments. <c>sh</c> starts the program, because zsh and csh would run a builtin
    /// command of the same name; <c>exec</c> makes the program the leader of the process group, which sshd signals.
    /// </summary>
    public static string CommandLine(IReadOnlyList<string> words)
    {
        // A name that begins with a dash would be an option of exec.
        var start = words[0].StartsWith('-') ? "" : "exec ";
        return words.Any(word => word.Contains('\n', StringComparison.Ordinal))
            ? $"exec sh -c 'eval \"$(printf %b \"$1\")\"' sh '{Encode(start + string.Join(' ', words.Select(ShellWord.QuoteAlways)))}'"
            : $"exec sh -c '{start}\"$@\"' sh {string.Join(' ', words.Select(Quote))}";
    }

    /// <summary>
    /// Quotes a word without line feeds. fish gives a backslash a meaning between single quotes, and csh an exclamation mark; before a
    /// backslash outside of quotes all agree.
    /// </summary>
    private static string Quote(string word)
    {
        if (word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain))
            return word;
        var text = new StringBuilder(word.Length + 2);
        var isQuoted = false;
        foreach (var character in word)
        {
            if ((character is '\'' or '\\' or '!') == isQuoted)
            {
                text.Append('\'');
                isQuoted = !isQuoted;
            }

            if (!isQuoted)
                text.Append('\\');
            text.Append(character);
        }

        return word.Length == 0 ? "''" : text.Append(isQuoted ? "'" : "").ToString();
    }

    /// <summary>Encodes a text for <c>printf %b</c>. csh can't have a line feed in a word.</summary>
    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length * 2);
        foreach (var value in SystemText.Encode(text))
        {
            if (Plain.Contains((char)value))
                encoded.Append((char)value);
            else
                encoded.Append("\\0").Append(Convert.ToString(value, 8).PadLeft(3, '0'));
        }

        return encoded.ToString();
    }
}
