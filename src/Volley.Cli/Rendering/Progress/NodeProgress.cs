using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Volley.Cli.Rendering.Progress;

/// <summary>How far a node says that it is: <c>45%</c>, <c>3/20</c>, or what apt and dpkg print of each package.</summary>
internal sealed partial class NodeProgress
{
    private int _packages;
    private int _steps;

    /// <summary>Takes a complete line. Only what apt-get(8) and dpkg(1) print is remembered.</summary>
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

    /// <summary>The progress, 0 to 1, or null if nothing tells it.</summary>
    /// <param name="lastLine">What was printed last.</param>
    public double? Of(string lastLine)
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

        // Each package is unpacked, and then set up.
        return _packages > 0 && _steps > 0 ? Math.Min(1, _steps / (2.0 * _packages)) : null;
    }

    private static int Number(Group digits) => int.TryParse(digits.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"(?<![\d.])(\d{1,3}(?:\.\d+)?) ?%", RegexOptions.RightToLeft)]
    private static partial Regex Percentage();

    // Neither a part of a path nor of a date.
    [GeneratedRegex(@"(?<![\w/.])(\d{1,9}) ?/ ?(\d{1,9})(?![\w/.]\S|/)", RegexOptions.RightToLeft)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"^(\d+) upgraded, (\d+) newly installed")]
    private static partial Regex AptCounts();
}
