namespace Volley;

/// <summary>A terminal for remote commands. Its size can change while they run. Thread-safe.</summary>
/// <param name="type">The terminal type, as in the variable TERM.</param>
/// <param name="columns">The width in characters.</param>
/// <param name="rows">The height in lines.</param>
public sealed class PseudoTerminal(string type = "dumb", int columns = 80, int rows = 24)
{
    private readonly Lock _lock = new();
    private (int Columns, int Rows) _size = (columns, rows);

    /// <summary>Raised after the size has changed.</summary>
    public event EventHandler? Resized;

    /// <summary>The terminal type, as in the variable TERM.</summary>
    public string Type { get; } = type;

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
    /// <param name="columns">The new width in characters.</param>
    /// <param name="rows">The new height in lines.</param>
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
