using Terminal.Gui.Drawing;
using Terminal.Gui.Drivers;
using Terminal.Gui.Input;
using Terminal.Gui.ViewBase;
using Terminal.Gui.Views;
using Volley.Cli.Terminal.Cells;
using Attribute = Terminal.Gui.Drawing.Attribute;

namespace Volley.Cli.Tui;

/// <summary>The Terminal.Gui view of a session: forwards keys and clicks, and draws the session's canvas.</summary>
internal sealed class TuiScreen : Runnable
{
    /// <summary>The session's names of the keys that do not print a character.</summary>
    private static readonly Dictionary<KeyCode, string> KeyNames = new()
    {
        [KeyCode.CursorUp] = "Up",
        [KeyCode.CursorDown] = "Down",
        [KeyCode.CursorLeft] = "Left",
        [KeyCode.CursorRight] = "Right",
        [KeyCode.PageUp] = "PgUp",
        [KeyCode.PageDown] = "PgDn",
        [KeyCode.Home] = "Home",
        [KeyCode.End] = "End",
        [KeyCode.Enter] = "Enter",
        [KeyCode.Esc] = "Esc",
        [KeyCode.Backspace] = "Backspace",
        [KeyCode.Tab] = "Tab",
        [KeyCode.Tab | KeyCode.ShiftMask] = "BackTab",
        [KeyCode.Space] = "Space",
    };

    private readonly TuiSession _session;
    private readonly Lock _gate;
    private readonly bool _hasColors;

    /// <param name="session">The session to show.</param>
    /// <param name="gate">The lock that guards the session and its state.</param>
    /// <param name="hasColors">Whether to use colors.</param>
    public TuiScreen(TuiSession session, Lock gate, bool hasColors)
    {
        _session = session;
        _gate = gate;
        _hasColors = hasColors;
        CanFocus = true;
    }

    // OnDrawingContent draws every cell.
    protected override bool OnClearingViewport() => true;

    protected override bool OnDrawingContent(DrawContext? context)
    {
        Canvas canvas;
        lock (_gate)
            canvas = _session.Draw(Viewport.Width, Viewport.Height);
        for (var y = 0; y < canvas.Height; y++)
        {
            foreach (var (x, text, look) in canvas.Runs(y))
            {
                SetAttribute(GetAttribute(look));
                Move(x, y);
                AddStr(text);
            }
        }

        return true;
    }

    protected override bool OnKeyDown(Key key)
    {
        lock (_gate)
        {
            // Esc followed quickly by another key arrives as that key with Alt.
            if (key.IsAlt)
                _session.Press("Esc");
            if (GetName(key.IsAlt ? key.NoAlt : key) is { } name)
                _session.Press(name);
        }

        SetNeedsDraw();
        return true;
    }

    protected override bool OnMouseEvent(Mouse mouse)
    {
        lock (_gate)
        {
            if (mouse.Flags.HasFlag(MouseFlags.WheeledUp))
                _session.Press("WheelUp");
            else if (mouse.Flags.HasFlag(MouseFlags.WheeledDown))
                _session.Press("WheelDown");
            else if (mouse.Flags.HasFlag(MouseFlags.LeftButtonDoubleClicked) && mouse.Position is { } twice)
                _session.DoubleClick(twice.X, twice.Y);
            else if (mouse.Flags.HasFlag(MouseFlags.LeftButtonClicked) && mouse.Position is { } position)
                _session.Click(position.X, position.Y);
            else
                return true;
        }

        SetNeedsDraw();
        return true;
    }

    /// <summary>Returns the session's name of a key; null for a key that the session ignores.</summary>
    private static string? GetName(Key key)
    {
        if (key.IsCtrl)
            return GetControlName(key);
        if (KeyNames.TryGetValue(key.KeyCode, out var name))
            return name;
        return key.AsRune is { Value: > ' ' and not 0x7f } rune ? rune.ToString() : null;
    }

    private static string? GetControlName(Key key)
    {
        if (key == Key.C.WithCtrl)
            return "Ctrl+C";
        if (key == Key.U.WithCtrl)
            return "Ctrl+U";
        return key == Key.Z.WithCtrl ? "Ctrl+Z" : null;
    }

    private Attribute GetAttribute(Look look)
    {
        var style = (look.IsReverse ? TextStyle.Reverse : TextStyle.None) | (look.IsBold ? TextStyle.Bold : TextStyle.None);
        if (!_hasColors)
            return new Attribute(Color.None, Color.None, style);
        var color = look.Tone switch
        {
            Tone.Good => new Color(ColorName16.Green),
            Tone.Bad => new Color(ColorName16.Red),
            Tone.Busy => new Color(ColorName16.Cyan),
            Tone.Pending => new Color(ColorName16.Yellow),
            Tone.Name => new Color(ColorName16.BrightBlue),
            _ => Color.None,
        };
        return new Attribute(color, Color.None, look.Tone == Tone.Faint ? style | TextStyle.Faint : style);
    }
}
