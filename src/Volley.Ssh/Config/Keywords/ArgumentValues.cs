using System.Globalization;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>Parsers of the values of directives.</summary>
internal static class ArgumentValues
{
    public static bool? Flag(this ConfigLine line) => AsciiText.ToLower(line.Argument()) switch
    {
        "yes" or "true" => true,
        "no" or "false" => false,
        _ => throw line.Error($"bad value '{line.Argument()}' of {line.Written}: yes or no"),
    };

    public static int? Number(this ConfigLine line) =>
        TryNumber(line.Argument(), out int number) && number >= 0
            ? number
            : throw line.Error($"bad number '{line.Argument()}' of {line.Written}");

    /// <summary>Returns the argument as a time in seconds; null for "none", which leaves the directive unset.</summary>
    public static int? Time(this ConfigLine line) => line.Argument() is "none"
        ? null
        : Seconds(line.Argument()) ?? throw line.Error($"bad time '{line.Argument()}' of {line.Written}, as in 90 or 1m30s");

    /// <summary>Parses a port: a number from 1 to 65535, or the name of a TCP service in /etc/services. Returns null for anything else.</summary>
    public static int? Port(string text)
    {
        if (TryNumber(text, out int port))
            return port is > 0 and <= 65535 ? port : null;
        return text.Length > 0 && !char.IsAsciiDigit(text[0]) ? ServicePort(text) : null;
    }

    /// <summary>
    /// Parses a sum of numbers with units (s, m, h, d, w; seconds if there is none), as TIME FORMATS in sshd_config(5). Returns seconds, or null if
    /// the text is invalid.
    /// </summary>
    public static int? Seconds(string text)
    {
        long total = 0;
        int at = 0;
        while (at < text.Length)
        {
            int start = at;
            while (at < text.Length && !char.IsAsciiLetter(text[at]))
                at++;
            if (!TryNumber(text.AsSpan(start, at - start), out int number) || number < 0)
                return null;
            if ((at == text.Length ? 1 : Unit(text[at++])) is not { } unit)
                return null;
            total += number * unit;
            if (total > int.MaxValue)
                return null;
        }
        return text.Length == 0 ? null : (int)total;
    }

    /// <summary>
    /// Parses a size as scan_scaled(3) does: a number, which may have a fraction, and an optional unit (B, K, M, G, T, P, E). Returns bytes, or null
    /// if the text is invalid.
    /// </summary>
    public static long? Size(string text)
    {
        const string Units = "BKMGTPE";
        int unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var digits = text.AsSpan(0, unit < 0 ? text.Length : text.Length - 1);
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            return null;
        long scale = unit < 0 ? 1 : 1L << (10 * unit);
        return number <= long.MaxValue / scale ? (long)(number * scale) : null;
    }

    private static long? Unit(char c) => char.ToLowerInvariant(c) switch
    {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => null,
    };

    /// <summary>Parses a number as strtol(3) does: after optional white space and an optional sign.</summary>
    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static int? ServicePort(string name)
    {
        if (name == "ssh")
            return 22;
        try
        {
            foreach (string line in File.ReadLines("/etc/services"))
            {
                var words = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (words.Length < 2 || !words[1].EndsWith("/tcp", StringComparison.Ordinal))
                    continue;
                if ((words[0] == name || words.Skip(2).Contains(name)) && TryNumber(words[1].AsSpan(..^4), out int port))
                    return port;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Without the file no service has a name.
        }
        return null;
    }
}
