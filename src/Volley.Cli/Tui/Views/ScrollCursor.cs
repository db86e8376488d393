namespace Volley.Cli.Tui.Views;

/// <summary>A place in a list and the part of the list that is seen.</summary>
internal sealed class ScrollCursor
{
    private int _height = 1;

    /// <summary>The place of the cursor.</summary>
    public int Index { get; set; }

    /// <summary>The first place that is seen.</summary>
    public int Top { get; private set; }

    /// <summary>Fits both to a list and a height.</summary>
    public void Fit(int count, int height)
    {
        _height = Math.Max(height, 1);
        Index = Math.Clamp(Index, 0, Math.Max(count - 1, 0));
        Top = Math.Clamp(Top, Math.Max(0, Index - _height + 1), Index);
        Top = Math.Clamp(Top, 0, Math.Max(count - _height, 0));
    }

    /// <summary>Finds the place in a row of those that are seen, the first of which is 0; false where there are fewer.</summary>
    public bool TryPlaceIn(int row, int count, out int place)
    {
        place = Top + row;
        return row >= 0 && place < count;
    }

    /// <summary>Moves by a key; false if it is none that moves.</summary>
    public bool Press(string key, int count)
    {
        int? moved = key switch
        {
            "Up" => Index - 1,
            "Down" => Index + 1,
            "PgUp" => Index - _height,
            "PgDn" => Index + _height,
            "Home" => 0,
            "End" => count - 1,
            "WheelUp" => Index - 3,
            "WheelDown" => Index + 3,
            _ => null,
        };
        if (moved is not { } index)
            return false;
        Index = Math.Clamp(index, 0, Math.Max(count - 1, 0));
        return true;
    }
}
