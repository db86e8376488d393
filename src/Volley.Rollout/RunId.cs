using System.Diagnostics.CodeAnalysis;
using Volley.Interop;

namespace Volley.Rollout;

/// <summary>
/// The identity of a run: 12 characters that sort by the time of the start and differ between machines. They are digits and lower-case
/// letters without <c>i</c>, <c>l</c>, <c>o</c> and <c>u</c> (Crockford's base 32).
/// </summary>
/// <remarks>The first 7 characters count eighths of a second since 2020, for 136 years; the other 5 are random.</remarks>
public readonly record struct RunId
{
    /// <summary>The number of characters.</summary>
    public const int Length = 12;

    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int TimeLength = 7;
    private const int BitsPerDigit = 5;

    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string? _text;

    private RunId(string text) => _text = text;

    /// <summary>Creates the identity of a run that starts now.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="last">The run before, after which this one sorts also within an eighth of a second; the default value for none.</param>
    /// <returns>The identity.</returns>
    /// <exception cref="ArgumentNullException">The clock is null.</exception>
    public static RunId Create(TimeProvider time, RunId last = default)
    {
        ArgumentNullException.ThrowIfNull(time);
        var eighths = Math.Max(last._text is null ? 0 : last.GetEighths() + 1, (long)((time.GetUtcNow() - Epoch).TotalSeconds * 8));
        Span<byte> random = stackalloc byte[sizeof(uint)];
        Sodium.FillRandom(random);
        return new RunId(Format(eighths, TimeLength) + Format(BitConverter.ToUInt32(random), Length - TimeLength));
    }

    /// <summary>Parses the text of an identity.</summary>
    /// <param name="text">The text.</param>
    /// <param name="id">The identity, if the text is one.</param>
    /// <returns>Whether the text is an identity.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out RunId id)
    {
        var isValid = text is { Length: Length } && text.All(Digits.Contains);
        id = isValid ? new RunId(text!) : default;
        return isValid;
    }

    /// <summary>Returns the 12 characters.</summary>
    /// <returns>The text; empty for the default value.</returns>
    public override string ToString() => _text ?? "";

    private long GetEighths() =>
        _text!.Take(TimeLength).Aggregate(0L, (number, digit) => (number << BitsPerDigit) + Digits.IndexOf(digit, StringComparison.Ordinal));

    private static string Format(long number, int length) => string.Create(length, number, static (text, rest) =>
    {
        for (var i = text.Length - 1; i >= 0; i--, rest >>= BitsPerDigit)
            text[i] = Digits[(int)(rest & 31)];
    });
}
