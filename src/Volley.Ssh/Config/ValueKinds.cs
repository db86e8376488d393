using System.Globalization;
using Volley.Ssh.Text;

namespace Volley.Ssh.Config;

/// <summary>Checks the value of a directive that has no setting.</summary>
/// <returns>True if every ssh takes it, false if only the ssh that is installed can tell.</returns>
/// <exception cref="SshConfigException">No ssh takes it.</exception>
internal delegate bool ValueKind(ConfigLine line);

/// <summary>The kinds of values that directives without a setting take.</summary>
internal static class ValueKinds
{
    /// <summary>Anything, as for commands and for directives that ssh itself passes over.</summary>
    public static bool Any(ConfigLine line) => true;

    /// <summary>
    /// A value that is left to ssh: that of a directive of single vendors or of later versions than 8.0, which an ssh may not know, or one
    /// whose form is more than a line can judge.
    /// </summary>
    public static bool OfSsh(ConfigLine line) => false;

    /// <summary>One argument.</summary>
    public static bool Text(ConfigLine line) => line.Argument().Length > 0;

    /// <summary>Yes or no.</summary>
    public static bool Flag(ConfigLine line) => ArgumentValues.Flag(line) is not null;

    /// <summary>A number from 0.</summary>
    public static bool Number(ConfigLine line) => ArgumentValues.Number(line) is not null;

    /// <summary>A time.</summary>
    public static bool Time(ConfigLine line)
    {
        _ = ArgumentValues.Time(line);
        return true;
    }

    /// <summary>One of some words, in lower case here.</summary>
    public static ValueKind OneOf(params string[] words) => line => words.Contains(AsciiText.ToLower(line.Argument()))
        ? true
        : throw line.Error($"bad value '{line.Argument()}' of {line.Written}: {string.Join(", ", words[..^1])} or {words[^1]}");

    /// <summary>One of some words, in lower case here, as a rule; all other values are left to ssh.</summary>
    public static ValueKind Usually(params string[] words) => line => line.Words is [var word] && words.Contains(AsciiText.ToLower(word));

    /// <summary>A character, a control character as in <c>^b</c>, or none.</summary>
    public static bool EscapeCharacter(ConfigLine line) =>
        line.Argument() == "none" || SystemText.Encode(line.Argument()) is [_] or [(byte)'^', >= 64 and < 128]
            ? true
            : throw line.Error($"bad value '{line.Argument()}' of {line.Written}: one character, ^ and a letter, or none");

    /// <summary>A port, with an address or without, and the host and port that it leads to; all other forms are left to ssh.</summary>
    public static bool Forwarding(ConfigLine line) => ForwardedPort(line) is not null
        && (line.Keyword == "dynamicforward" ? line.Words.Count == 1 : line.Words is [_, var to] && to.Contains(':') && PortOf(to) is not null);

    /// <summary>Returns the port that a forwarding listens at; null if it has another form.</summary>
    public static int? ForwardedPort(ConfigLine line) => line.Words is [var from, ..] ? PortOf(from) : null;

    /// <summary>Returns the port of <c>[HOST:]PORT</c>; null for all other forms.</summary>
    private static int? PortOf(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        bool isPlain = colon != 0 && text[..Math.Max(0, colon)].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        return isPlain && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? port : null;
    }
}
