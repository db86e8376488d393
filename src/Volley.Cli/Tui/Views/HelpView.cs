using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>The key bindings and the legend of the map.</summary>
internal sealed class HelpView : IView
{
    private static readonly string[] Lines =
    [
        "q, Ctrl+C   quit; with jobs running twice",
        "Esc, q      back from what was opened",
        "Tab         overview, nodes",
        "Enter       open what is under the cursor",
        "1 to 9      open that node of the list",
        "g           groups of equal results",
        "b           batches of a rollout",
        "y, p, x     there: approve, pause, abort",
        "l           log",
        "arrows, PgUp, PgDn, Home, End, mouse",
        "/           filter a list, search an output",
        "n, N        next match, the one before",
        "f           follow the end of an output",
        "Left, Right the node before, the next one",
        "<, >        shift long lines",
        "o, O        order by the next column, reverse",
        "space       mark a node or a group",
        "a           mark all of the list, or none",
        "s           2 to 4 marked nodes side by side",
        "d           differences of 2 marked nodes",
        "            or groups",
        "c           cancel the marked nodes only",
        "r           run again on marked nodes",
        "            that are done",
        "w           write the output of marked nodes",
        "            to files",
        "c, r, w     with none marked: the node or",
        "            group under the cursor",
        "Ctrl+Z      suspend; fg comes back",
        "",
        "filters     state:failed  exit:3  web[1-20]",
        "            or text of name or last line",
        "",
        .. NodePhases.All.Select(phase => $"{NodePhases.GetLetter(phase)}           {NodePhases.GetName(phase)}"),
        "0 to 9      running, tenths of its progress",
    ];

    private readonly PageScroll _scroll = new();

    public string Title => "help";

    public string Hints => "Esc back";

    public NodeState? Current => null;

    public void Draw(Canvas canvas)
    {
        // Two columns if both fit.
        var isWide = canvas.Width >= 100;
        var rows = isWide ? (Lines.Length + 1) / 2 : Lines.Length;
        _scroll.Fit(rows, canvas.Height);
        for (var y = 0; y < canvas.Height && _scroll.Top + y < rows; y++)
        {
            canvas.Write(0, y, Lines[_scroll.Top + y]);
            if (isWide && rows + _scroll.Top + y < Lines.Length)
                canvas.Write(canvas.Width / 2, y, Lines[rows + _scroll.Top + y]);
        }
    }

    public bool Press(string key) => key is not ("<" or ">") && _scroll.Press(key);
}
