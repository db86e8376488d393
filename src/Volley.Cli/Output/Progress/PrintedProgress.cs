using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Volley.Cli.Output.Progress;

/// <summary>Extracts progress from a node's output: <c>45%</c>, <c>3/20</c>, or the package messages of apt and dpkg.</summary>
internal sealed partial class PrintedProgress
{
    private int _packages;
    private int _steps;

    /// <summary>Processes a complete line. Only messages of apt-get(8) and dpkg(1) have an effect.</summary>
    public void Take(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            return;
        switch (line[0])
        {
            case (byte)'U' when line.StartsWith("Unpacking "u8):
            case (byte)'S' when line.StartsWith("Setting up "u8):
                _steps++;
                break;
            case >= (byte)'0' and <= (byte)'9' when line.Length < 200 && line.IndexOf(" upgraded, "u8) > 0:
                // "2 upgraded, 3 newly installed, 0 to remove and 7 not upgraded."
                var counts = AptCounts().Match(Encoding.ASCII.GetString(line));
                if (counts.Success)
                    _packages = Number(counts.Groups[1]) + Number(counts.Groups[2]);
                _steps = 0;
                break;
        }
    }

    /// <summary>Returns the progress, from 0 to 1, or null if the output reports none.</summary>
    /// <param name="lastLine">The last line of output.</param>
    public double? Read(string lastLine)
    {
        if (Percentage().Match(lastLine) is { Success: true } percentage
            && double.TryParse(percentage.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var percent) && percent <= 100)
        {
            return percent / 100;
        }

        if (Fraction().Match(lastLine) is { Success: true } fraction
            && Number(fraction.Groups[1]) is var part && Number(fraction.Groups[2]) is > 0 and var whole && part <= whole)
        {
            return (double)part / whole;
        }

        // dpkg reports two steps per package: unpack and set up.
        return _packages > 0 && _steps > 0 ? Math.Min(1, _steps / (2.0 * _packages)) : null;
    }

    private static int Number(Group digits) => int.TryParse(digits.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"(?<![\d.])(\d{1,3}(?:\.\d+)?) ?%", RegexOptions.RightToLeft)]
    private static partial Regex Percentage();

    // Excludes parts of paths and dates.
    [GeneratedRegex(@"(?<![\w/.])(\d{1,9}) ?/ ?(\d{1,9})(?![\w/.]\S|/)", RegexOptions.RightToLeft)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"^(\d+) upgraded, (\d+) newly installed")]
    private static partial Regex AptCounts();
}
