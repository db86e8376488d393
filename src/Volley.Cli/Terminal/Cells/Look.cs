namespace Volley.Cli.Terminal.Cells;

/// <summary>How a cell looks.</summary>
/// <param name="Tone">Its colour.</param>
/// <param name="IsReverse">Whether it is the one under the cursor.</param>
/// <param name="IsBold">Whether it stands out.</param>
internal readonly record struct Look(Tone Tone, bool IsReverse = false, bool IsBold = false)
{
    public static readonly Look Plain = new(Tone.Plain);

    public static implicit operator Look(Tone tone) => new(tone);
}

/// <summary>What a colour says.</summary>
internal enum Tone
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>It matters less.</summary>
    Faint,

    /// <summary>A success.</summary>
    Good,

    /// <summary>A failure.</summary>
    Bad,

    /// <summary>Something that goes on.</summary>
    Busy,

    /// <summary>Something that waits, or was left off.</summary>
    Pending,

    /// <summary>A name.</summary>
    Name,
}
