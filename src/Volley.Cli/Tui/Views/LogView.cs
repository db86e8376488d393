using Volley.Cli.Terminal;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>The program's messages: transports of hosts, warnings and errors.</summary>
internal sealed class LogView(TuiSession session) : IView
{
    private readonly PageScroll _scroll = new() { Follows = true };

    public string Title => "log";

    public string Hints => "arrows PgUp PgDn scroll  f follow  < > shift  Esc back";

    public NodeState? Current => null;

    public void Draw(Canvas canvas)
    {
        var log = session.State.Messages;
        _scroll.Fit(log.Count, canvas.Height);
        var y = 0;
        foreach (var message in log.From(_scroll.Top, canvas.Height))
        {
            var tone = message.Contains(": transport ", StringComparison.Ordinal) ? Tone.Faint : Tone.Plain;
            canvas.Write(-_scroll.Shift, y++, SafeText.Escape(message).ReplaceLineEndings(" "), tone);
        }

        if (log.Count == 0)
            canvas.Write(0, 0, "no messages yet", Tone.Faint);
    }

    public bool Press(string key)
    {
        if (key is not ("f" or "End"))
            return _scroll.Press(key);
        _scroll.Follows = key == "End" || !_scroll.Follows;
        return true;
    }
}
