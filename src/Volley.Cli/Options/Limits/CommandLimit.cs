using System.Globalization;
using Volley.Cli.Options.Parsing;
using Volley.Interop;

namespace Volley.Cli.Options.Limits;

/// <summary>The value of <c>--timeout</c>: a time, or a multiple of the median duration.</summary>
/// <param name="Time">The time, 0 for no limit; null for a multiple.</param>
/// <param name="Multiple">The multiple; null for a time.</param>
internal sealed record CommandLimit(TimeSpan? Time, double? Multiple)
{
    /// <summary>Parses a time from 0, or a multiple above 1: <c>5x</c>.</summary>
    /// <exception cref="UsageException">The text is neither.</exception>
    public static CommandLimit Read(string name, string text)
    {
        if (text is [.. var number, 'x'])
        {
            var isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var multiple);
            return isNumber && multiple is > 1 and <= Argument.LargestMultiple
                ? new CommandLimit(null, multiple)
                : throw new UsageException($"{name} takes a multiple of the median above 1 and up to 1000000, such as 5x or 1.5x, not '{text}'");
        }

        try
        {
            return new CommandLimit(Values.DurationOrZero("no limit")(name, text), null);
        }
        catch (UsageException invalid)
        {
            throw new UsageException($"{invalid.Message}; or a multiple of the median, such as 5x");
        }
    }
}
