namespace Volley.Cli.Terminal;

/// <summary>Characters that are invisible on a terminal or change the characters around them, so a reader does not notice them.</summary>
internal static class HiddenCharacters
{
    /// <summary>Whether a character is invisible after a given one.</summary>
    /// <param name="character">The character.</param>
    /// <param name="previous">The preceding character; 0 at the start of a line.</param>
    public static bool Contains(int character, int previous) => character switch
    {
        < 0xad => false,
        // Joiners are part of some scripts and of emoji, and the last two variation selectors of emoji.
        0x200c => !JoinsLetters(previous),
        0x200d => !JoinsLetters(previous) && !IsSymbol(previous) && previous != 0xfe0f,
        0xfe0e or 0xfe0f => !IsSymbol(previous),
        _ => IsInvisible(character) || IsNoncharacter(character),
    };

    /// <summary>Whether a character is invisible wherever it is.</summary>
    private static bool IsInvisible(int character) =>
        character is 0xad or 0x34f or 0x61c
            or 0x115f or 0x1160 or 0x3164 or 0xffa0 // Hangul fillers
            or 0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f)
            or 0x200b or 0x200e or 0x200f
            or (>= 0x2028 and <= 0x202e) or (>= 0x2060 and <= 0x206f) // line separators and bidirectional controls
            or 0x2d7f // the joiner of Tifinagh
            or (>= 0xfe00 and <= 0xfe0d) or 0xfeff or (>= 0xfff0 and <= 0xfffb)
            or (>= 0x13430 and <= 0x1345f) // joiners of hieroglyphs
            or 0x16fe4 // the filler of Khitan small script
            or (>= 0x1bca0 and <= 0x1bca3) or (>= 0x1d173 and <= 0x1d17a) // shorthand and music
            or (>= 0xe0000 and <= 0xe0fff); // tags, and more selectors

    /// <summary>Whether a character is one of a range of noncharacters, or of the two at the end of each plane.</summary>
    private static bool IsNoncharacter(int character) => character is >= 0xfdd0 and <= 0xfdef || (character & 0xfffe) == 0xfffe;

    // Arabic to Myanmar, Khmer and Mongolian.
    private static bool JoinsLetters(int character) =>
        character is (>= 0x620 and <= 0x109f) or (>= 0x1780 and <= 0x18af and not (0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f)));

    private static bool IsSymbol(int character) =>
        character is 0xa9 or 0xae or 0x203c or 0x2049 or 0x3030 or 0x303d or 0x3297 or 0x3299
            or (>= 0x2100 and <= 0x27bf) or (>= 0x2900 and <= 0x2bff) or (>= 0x1f000 and <= 0x1faff);
}
