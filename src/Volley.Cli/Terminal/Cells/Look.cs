namespace Volley.Cli.Terminal.Cells;

/// <summary>The look of a cell.</summary>
/// <param name="Tone">The color.</param>
/// <param name="IsReverse">Whether text and background colors are swapped, as under the cursor.</param>
/// <param name="IsBold">Whether the text is bold.</param>
internal readonly record struct Look(Tone Tone, bool IsReverse = false, bool IsBold = false)
{
    public static readonly Look Plain = new(Tone.Plain);

    public static implicit operator Look(Tone tone) => new(tone);
}

/// <summary>The meaning of a color.</summary>
internal enum Tone
{
    /// <summary>No meaning.</summary>
    Plain,

    /// <summary>Less important text.</summary>
    Faint,

    /// <summary>Success.</summary>
    Good,

    /// <summary>Failure.</summary>
    Bad,

    /// <summary>An activity in progress.</summary>
    Busy,

    /// <summary>A pending or canceled activity, or a prompt.</summary>
    Pending,

    /// <summary>A name.</summary>
    Name,
}
