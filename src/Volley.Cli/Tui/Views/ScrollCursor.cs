namespace Volley.Cli.Tui.Views;

/// <summary>A cursor in a list, and the scroll position of the list.</summary>
internal sealed class ScrollCursor
{
    private int _height = 1;

    /// <summary>The index of the item under the cursor.</summary>
    public int Index { get; set; }

    /// <summary>The index of the first visible item.</summary>
    public int Top { get; private set; }

    /// <summary>Adjusts cursor and scroll position to the number of items and the height of the view.</summary>
    public void Fit(int count, int height)
    {
        _height = Math.Max(height, 1);
        Index = Math.Clamp(Index, 0, Math.Max(count - 1, 0));
        Top = Math.Clamp(Top, Math.Max(0, Index - _height + 1), Index);
        Top = Math.Clamp(Top, 0, Math.Max(count - _height, 0));
    }

    /// <summary>Finds the index of the item in a visible row, counted from 0. Returns false if the row is empty.</summary>
    public bool TryPlaceIn(int row, int count, out int place)
    {
        place = Top + row;
        return row >= 0 && place < count;
    }

    /// <summary>Moves the cursor if the key is a movement key. Returns false for any other key.</summary>
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
