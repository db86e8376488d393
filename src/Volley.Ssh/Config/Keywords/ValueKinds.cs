using System.Globalization;
using Volley.Interop.Text;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>Validates the value of a directive without a setting.</summary>
/// <returns>True if every ssh accepts the value; false if only the installed ssh can tell.</returns>
/// <exception cref="SshConfigException">No ssh accepts the value.</exception>
internal delegate bool ValueKind(ConfigLine line);

/// <summary>Validators of the values of directives without a setting.</summary>
internal static class ValueKinds
{
    /// <summary>Accepts anything, as for commands and for directives that ssh itself ignores.</summary>
    public static bool Any(ConfigLine line) => true;

    /// <summary>
    /// Leaves the value to the installed ssh: the directive is a vendor's or newer than OpenSSH 8.0, so that an ssh may not support it, or the syntax
    /// is too complex to check here.
    /// </summary>
    public static bool OfSsh(ConfigLine line) => false;

    /// <summary>Accepts one argument.</summary>
    public static bool Text(ConfigLine line) => line.Argument().Length > 0;

    /// <summary>Accepts yes or no.</summary>
    public static bool Flag(ConfigLine line) => ArgumentValues.Flag(line) is not null;

    /// <summary>Accepts a number from 0.</summary>
    public static bool Number(ConfigLine line) => ArgumentValues.Number(line) is not null;

    /// <summary>Accepts a time.</summary>
    public static bool Time(ConfigLine line)
    {
        _ = ArgumentValues.Time(line);
        return true;
    }

    /// <summary>Accepts one of some words, which are given in lower case, and rejects all other values.</summary>
    public static ValueKind OneOf(params string[] words) => line => words.Contains(AsciiText.ToLower(line.Argument()))
        ? true
        : throw line.Error($"bad value '{line.Argument()}' of {line.Written}: {string.Join(", ", words[..^1])} or {words[^1]}");

    /// <summary>Accepts one of some words, which are given in lower case, and leaves all other values to the installed ssh.</summary>
    public static ValueKind Usually(params string[] words) => line => line.Arguments is [var word] && words.Contains(AsciiText.ToLower(word));

    /// <summary>Accepts a character, a control character such as <c>^b</c>, or "none".</summary>
    public static bool EscapeCharacter(ConfigLine line) =>
        line.Argument() == "none" || SystemText.Encode(line.Argument()) is [_] or [(byte)'^', >= 64 and < 128]
            ? true
            : throw line.Error($"bad value '{line.Argument()}' of {line.Written}: one character, ^ and a letter, or none");

    /// <summary>
    /// Accepts a listening port with an optional address, and except for DynamicForward the host and port of the destination. Leaves all other forms
    /// to the installed ssh.
    /// </summary>
    public static bool Forwarding(ConfigLine line) => ForwardedPort(line) is not null
        && (line.Keyword == "dynamicforward" ? line.Arguments.Count == 1 : line.Arguments is [_, var to] && to.Contains(':') && ParsePort(to) is not null);

    /// <summary>Returns the port on which a forwarding listens; null if the value has another form.</summary>
    public static int? ForwardedPort(ConfigLine line) => line.Arguments is [var from, ..] ? ParsePort(from) : null;

    /// <summary>Returns the port of <c>[HOST:]PORT</c>; null for all other forms.</summary>
    private static int? ParsePort(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        bool isPlain = colon != 0 && text[..Math.Max(0, colon)].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        return isPlain && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? port : null;
    }
}
