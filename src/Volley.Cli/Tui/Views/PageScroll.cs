namespace Volley.Cli.Tui.Views;

/// <summary>The part of a text that is seen.</summary>
internal sealed class PageScroll
{
    private const int ShiftStep = 20;

    private int _height = 1;
    private int _count;

    /// <summary>The first line that is seen.</summary>
    public int Top { get; private set; }

    /// <summary>How many columns are shifted out on the left.</summary>
    public int Shift { get; private set; }

    /// <summary>Whether it stays at the end.</summary>
    public bool Follows { get; set; }

    /// <summary>Fits it to a text and a height.</summary>
    public void Fit(int count, int height)
    {
        (_count, _height) = (count, Math.Max(height, 1));
        var last = Math.Max(0, _count - _height);
        Top = Follows ? last : Math.Clamp(Top, 0, last);
    }

    /// <summary>Moves by a key; false if it is none that moves.</summary>
    public bool Press(string key)
    {
        if (key is "<" or ">")
        {
            Shift = Math.Max(0, Shift + (key == ">" ? ShiftStep : -ShiftStep));
            return true;
        }

        int? top = key switch
        {
            "Up" => Top - 1,
            "Down" => Top + 1,
            "PgUp" => Top - _height,
            "PgDn" => Top + _height,
            "Home" => 0,
            "End" => _count,
            "WheelUp" => Top - 3,
            "WheelDown" => Top + 3,
            _ => null,
        };
        if (top is not { } moved)
            return false;
        Follows = false;
        Top = Math.Clamp(moved, 0, Math.Max(0, _count - _height));
        return true;
    }
}
