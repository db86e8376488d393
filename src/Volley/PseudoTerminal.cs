namespace Volley;

/// <summary>A terminal for remote commands. Its size can change while they run. Thread-safe.</summary>
public sealed class PseudoTerminal
{
    private readonly Lock _lock = new();
    private (int Columns, int Rows) _size;

    /// <summary>Creates a terminal.</summary>
    /// <param name="type">The terminal type, as in the variable TERM.</param>
    /// <param name="columns">The width in characters; 0 if it is unknown.</param>
    /// <param name="rows">The height in lines; 0 if it is unknown.</param>
    /// <exception cref="ArgumentException">The type is empty or has a NUL.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width or the height is negative.</exception>
    public PseudoTerminal(string type = "dumb", int columns = 80, int rows = 24)
    {
        Type = Argument.Text(type, nameof(type));
        _size = (Argument.AtLeast(0, columns, nameof(columns)), Argument.AtLeast(0, rows, nameof(rows)));
    }

    /// <summary>Raised after the size has changed.</summary>
    public event EventHandler? Resized;

    /// <summary>The terminal type, as in the variable TERM.</summary>
    public string Type { get; }

    /// <summary>The width in characters and the height in lines.</summary>
    public (int Columns, int Rows) Size
    {
        get
        {
            lock (_lock)
                return _size;
        }
    }

    /// <summary>Changes the size. The servers send SIGWINCH to the commands that run on the terminal.</summary>
    /// <param name="columns">The new width in characters; 0 if it is unknown.</param>
    /// <param name="rows">The new height in lines; 0 if it is unknown.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width or the height is negative.</exception>
    public void Resize(int columns, int rows)
    {
        Argument.AtLeast(0, columns, nameof(columns));
        Argument.AtLeast(0, rows, nameof(rows));
        lock (_lock)
        {
            if (_size == (columns, rows))
                return;
            _size = (columns, rows);
        }

        Resized?.Invoke(this, EventArgs.Empty);
    }
}
