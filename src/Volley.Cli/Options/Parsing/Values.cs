using System.Buffers;
using System.Globalization;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Inventory;

namespace Volley.Cli.Options.Parsing;

/// <summary>Parsers of option values. Their messages name the option, the value and the valid values.</summary>
internal static class Values
{
    // About 46 days, in seconds: below the limit of timers, 2^32 - 2 milliseconds.
    private const double MaxSeconds = 4_000_000;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Accepts any text.</summary>
    public static string Text(string name, string text) => text;

    /// <summary>Returns a parser of whole numbers within inclusive bounds.</summary>
    public static ValueReader<int?> Number(int min, int max) => (name, text) =>
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        var range = max == int.MaxValue ? $"of at least {min}" : $"from {min} to {max}";
        throw new UsageException($"{name} takes a whole number {range}, not '{text}'");
    };

    /// <summary>Returns a parser that accepts one of several choices.</summary>
    public static ValueReader<string> OneOf(params string[] choices) => (name, text) => choices.Contains(text)
        ? text
        : throw new UsageException($"{name} takes {string.Join(", ", choices[..^1])} or {choices[^1]}, not '{text}'");

    /// <summary>Accepts KEY=VALUE or KEY VALUE, as ssh does.</summary>
    public static string KeyValue(string name, string text) => text.IndexOfAny(['=', ' ']) >= 1
        ? text
        : throw new UsageException($"{name} takes KEY=VALUE as in ssh_config(5), not '{text}'");

    /// <summary>Accepts NAME=VALUE, with a name that shells can use.</summary>
    public static string Variable(string name, string text)
    {
        var variable = text.Split('=', 2) is [var left, _] ? left : "";
        if (SystemText.GetByteCount(text) > Argument.MaxArgumentBytes)
            throw new UsageException($"the variable {variable} of {name} is longer than the 128 KiB that a process can have");
        if (IsSetByShells(variable))
            throw new UsageException($"{name} can't set {variable}, which each shell sets itself{(variable == "PWD" ? "; --workdir sets the directory" : "")}");
        return Argument.IsVariable(variable)
            ? text
            : throw new UsageException($"{name} takes NAME=VALUE, with letters, digits and _ in NAME, not '{text}'");
    }

    /// <summary>Whether every shell replaces the value of a variable, so that a command would get another one.</summary>
    public static bool IsSetByShells(string variable) => variable is "PWD" or "OLDPWD" or "_";

    /// <summary>Accepts the name of a variable that shells can use.</summary>
    public static string VariableName(string name, string text) => Argument.IsVariable(text)
        ? text
        : throw new UsageException($"{name} takes the name of a variable, with letters, digits and _, not '{text}'");

    /// <summary>Accepts a host expression. No file is opened, and no source is consulted.</summary>
    public static string Hosts(string name, string text)
    {
        _ = HostExpression.Parse(text);
        return text;
    }

    /// <summary>Accepts a host expression, or the label of a target whose name others have, too (<c>web1#2</c>).</summary>
    public static string Target(string name, string text)
    {
        var number = text.LastIndexOf('#');
        var isNumbered = number > 0 && int.TryParse(text.AsSpan(number + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        _ = HostExpression.Parse(isNumbered ? text[..number] : text);
        return text;
    }

    /// <summary>Accepts a filter of hosts.</summary>
    public static string Filter(string name, string text)
    {
        _ = HostFilter.Parse(text);
        return text;
    }

    /// <summary>Accepts the name or path of a program.</summary>
    public static string Program(string name, string text) =>
        string.IsNullOrWhiteSpace(text) ? throw new UsageException($"the value of {name} names no program") : text;

    /// <summary>Accepts the name of a group: letters, digits, <c>_ . - + = %</c>, and wildcards.</summary>
    public static string GroupName(string name, string text) =>
        text.All(c => char.IsLetterOrDigit(c) || "_.-+=%*?".Contains(c, StringComparison.Ordinal)) && text[0] != '-'
            ? text
            : throw new UsageException($"{name} takes a name of letters, digits and _ . - + = %, not '{text}'; expressions of hosts are for -H");

    /// <summary>Parses a duration above zero: <c>30</c> or <c>30s</c>, <c>250ms</c>, <c>5m</c>, <c>1h30m</c>, <c>1d</c>. Fractions are allowed.</summary>
    public static TimeSpan? Duration(string name, string text) =>
        ParseDuration(text) is { } duration && duration > TimeSpan.Zero ? duration : throw NoDuration(name, text, "above 0");

    /// <summary>Returns a parser of durations from zero.</summary>
    /// <param name="zero">The meaning of 0, for messages.</param>
    public static ValueReader<TimeSpan?> DurationOrZero(string zero) => (name, text) =>
        ParseDuration(text) ?? throw NoDuration(name, text, $"from 0 ({zero})");

    /// <summary>Returns a parser of durations from zero, and of <c>none</c> for <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    /// <param name="zero">The meaning of 0, for messages.</param>
    /// <param name="none">The meaning of <c>none</c>, for messages.</param>
    public static ValueReader<TimeSpan?> DurationOrNone(string zero, string none) => (name, text) =>
        text == "none" ? Timeout.InfiniteTimeSpan : ParseDuration(text) ?? throw NoDuration(name, text, $"from 0 ({zero}), or none ({none}),");

    /// <summary>Parses a number of bytes, or of K, M, G or T with factors of 1,024. 0 means no limit.</summary>
    public static long? Size(string name, string text)
    {
        var shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        if (long.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= long.MaxValue >> shift)
            return number << shift;
        throw new UsageException($"{name} takes a number of bytes, optionally with K, M, G or T, such as 500M, or 0 for no limit, not '{text}'");
    }

    private static UsageException NoDuration(string name, string text, string range) =>
        new($"{name} takes a time {range} up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '{text}'");

    /// <summary>
    /// Parses numbers with units. The last unit may be omitted for seconds, as in ssh_config(5). Returns null if the text is invalid or the sum too
    /// large.
    /// </summary>
    private static TimeSpan? ParseDuration(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return null;
        var total = 0.0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(NumberCharacters);
            var number = digits < 0 ? text : text[..digits];
            var rest = digits < 0 ? [] : text[digits..];
            var letters = rest.IndexOfAny(NumberCharacters);
            var seconds = (letters < 0 ? rest : rest[..letters]) switch
            {
                "ms" => 0.001,
                "" or "s" => 1,
                "m" => 60,
                "h" => 3600,
                "d" => 86_400,
                _ => double.NaN,
            };
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
                return null;
            total += count * seconds;
            text = letters < 0 ? [] : rest[letters..];
        }

        return total <= MaxSeconds ? TimeSpan.FromSeconds(total) : null;
    }
}
