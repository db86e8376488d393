using System.Globalization;

namespace Volley.Rollout;

/// <summary>A number of targets, or a percentage of them.</summary>
/// <param name="Number">The number, or the percentage from 0 to 100.</param>
/// <param name="IsPercent">Whether it is a percentage.</param>
public readonly record struct TargetShare(int Number, bool IsPercent)
{
    /// <summary>All targets.</summary>
    public static TargetShare All => new(100, IsPercent: true);

    /// <summary>Returns the number of targets, rounded down.</summary>
    /// <param name="count">The number of all targets.</param>
    /// <returns>The number, which can be larger than that of all targets.</returns>
    public int GetCount(int count) => IsPercent ? (int)((long)count * Number / 100) : Number;

    /// <summary>Parses a number of at least 0, or a percentage up to 100: <c>10</c>, <c>25%</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The share, or null if the text is neither.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static TargetShare? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isPercent = text.EndsWith('%');
        return int.TryParse(isPercent ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && !(isPercent && number > 100)
            ? new TargetShare(number, isPercent)
            : null;
    }

    /// <summary>Returns the share as <see cref="Parse"/> takes it.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}{(IsPercent ? "%" : "")}");
}
