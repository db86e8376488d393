namespace Volley;

/// <summary>A terminal for remote commands, whose size can change while they run. Safe for use from several threads.</summary>
/// <param name="type">Its type, as in the variable TERM.</param>
/// <param name="columns">Its width in characters.</param>
/// <param name="rows">Its height in lines.</param>
public sealed class PseudoTerminal(string type = "dumb", int columns = 80, int rows = 24)
{
    private readonly Lock _lock = new();
    private (int Columns, int Rows) _size = (columns, rows);

    /// <summary>Raised after the size has changed.</summary>
    public event EventHandler? Resized;

    /// <summary>Its type, as in the variable TERM.</summary>
    public string Type { get; } = type;

    /// <summary>Its width in characters and its height in lines.</summary>
    public (int Columns, int Rows) Size
    {
        get
        {
            lock (_lock)
                return _size;
        }
    }

    /// <summary>Changes the size; commands that run on it are sent SIGWINCH by their servers.</summary>
    /// <param name="columns">Its width in characters.</param>
    /// <param name="rows">Its height in lines.</param>
    public void Resize(int columns, int rows)
    {
        lock (_lock)
        {
            if (_size == (columns, rows))
                return;
            _size = (columns, rows);
        }

        Resized?.Invoke(this, EventArgs.Empty);
    }
}
