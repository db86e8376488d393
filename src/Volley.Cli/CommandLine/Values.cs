using System.CommandLine.Parsing;
using System.Globalization;

namespace Volley.Cli.CommandLine;

/// <summary>Readers of option values. What they refuse they name, with what would be right.</summary>
internal static class Values
{
    // The longest that a timer takes, in whole seconds: about 49 days.
    private const double LongestSeconds = 4_000_000;

    /// <summary>A whole number within bounds.</summary>
    public static Func<ArgumentResult, int?> Number(int least, int most) => result =>
    {
        if (int.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        var range = most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}";
        result.AddError($"{Option(result)} takes a whole number {range}, not '{Text(result)}'");
        return null;
    };

    /// <summary>Seconds, fractions allowed; 0 means no limit.</summary>
    public static TimeSpan? Seconds(ArgumentResult result)
    {
        const NumberStyles Styles = NumberStyles.AllowDecimalPoint;
        if (double.TryParse(Text(result), Styles, CultureInfo.InvariantCulture, out var seconds) && seconds <= LongestSeconds)
            return TimeSpan.FromSeconds(seconds);
        result.AddError($"{Option(result)} takes seconds from 0 (no limit) to {LongestSeconds:0}, such as 2.5, not '{Text(result)}'");
        return null;
    }

    /// <summary>One word of several.</summary>
    public static Func<ArgumentResult, string?> OneOf(params string[] words) => result =>
    {
        if (words.Contains(Text(result)))
            return Text(result);
        result.AddError($"{Option(result)} takes {string.Join(", ", words[..^1])} or {words[^1]}, not '{Text(result)}'");
        return null;
    };

    /// <summary>ssh's KEY=VALUE, or KEY VALUE, as ssh itself takes both.</summary>
    public static string[]? KeyValues(ArgumentResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (token.Value.IndexOfAny(['=', ' ']) < 1)
                result.AddError($"{Option(result)} takes KEY=VALUE as in ssh_config(5), not '{token.Value}'");
        }

        return [.. result.Tokens.Select(t => t.Value)];
    }

    /// <summary>NAME=VALUE; a name that no shell could use is refused.</summary>
    public static string[]? Variables(ArgumentResult result)
    {
        foreach (var token in result.Tokens)
        {
            var name = token.Value.Split('=', 2) is [var left, _] ? left : "";
            if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
                result.AddError($"{Option(result)} takes NAME=VALUE, with letters, digits and _ in NAME, not '{token.Value}'");
        }

        return [.. result.Tokens.Select(t => t.Value)];
    }

    /// <summary>A time as ssh_config(5) writes it: seconds, or numbers with s, m, h or d.</summary>
    public static TimeSpan? Duration(ArgumentResult result)
    {
        var total = 0.0;
        var number = "";
        var isMalformed = false;
        foreach (var c in Text(result) + (char.IsAsciiDigit(Text(result)[^1]) ? "s" : ""))
        {
            if (char.IsAsciiDigit(c))
            {
                number += c;
                continue;
            }

            var unit = c switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
            isMalformed |= unit == 0 || number.Length is 0 or > 9;
            total += isMalformed ? 0 : unit * double.Parse(number, CultureInfo.InvariantCulture);
            number = "";
        }

        if (!isMalformed && total is > 0 and <= LongestSeconds)
            return TimeSpan.FromSeconds(total);
        result.AddError($"{Option(result)} takes a time above 0 and up to 46 days, such as 30, 90s, 10m or 1h30m, not '{Text(result)}'");
        return null;
    }

    /// <summary>A number of bytes, or of units of 1,024 bytes and so on; 0 means no limit.</summary>
    public static long? Size(ArgumentResult result)
    {
        var text = Text(result);
        var shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        if (long.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= long.MaxValue >> shift)
            return number << shift;
        result.AddError($"{Option(result)} takes a number of bytes, or one with K, M, G or T, such as 500M, and 0 for no limit, not '{text}'");
        return null;
    }

    private static string Text(ArgumentResult result) => result.Tokens[0].Value;

    private static string Option(ArgumentResult result) => ((OptionResult)result.Parent!).Option.Name;
}
