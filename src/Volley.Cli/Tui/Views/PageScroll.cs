namespace Volley.Cli.Tui.Views;

/// <summary>The scroll position of a text.</summary>
internal sealed class PageScroll
{
    private const int ShiftStep = 20;

    private int _height = 1;
    private int _count;

    /// <summary>The first visible line.</summary>
    public int Top { get; private set; }

    /// <summary>The number of columns scrolled out on the left.</summary>
    public int Shift { get; private set; }

    /// <summary>Whether the view follows the end of the text.</summary>
    public bool Follows { get; set; }

    /// <summary>Adjusts the position to the number of lines and the height of the view.</summary>
    public void Fit(int count, int height)
    {
        (_count, _height) = (count, Math.Max(height, 1));
        var last = Math.Max(0, _count - _height);
        Top = Follows ? last : Math.Clamp(Top, 0, last);
    }

    /// <summary>Scrolls if the key is a scroll key. Returns false for any other key.</summary>
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
