using System.Collections.Immutable;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>Two to four nodes side by side.</summary>
internal sealed class SplitView(TuiSession session, ImmutableArray<NodeState> nodes) : IView
{
    /// <summary>The largest number of nodes in the view.</summary>
    public const int MaxNodes = 4;

    private readonly ImmutableArray<OutputPane> _panes = [.. nodes.Select(node => new OutputPane(node))];
    private int _focus;
    private int _width = 1;

    public string Title => "split";

    public string Hints => "Left Right pane  arrows scroll  f follow  < > shift  Enter open  Esc back";

    public NodeState? Current => _panes[_focus].Node;

    public void Draw(Canvas canvas)
    {
        _width = canvas.Width / _panes.Length;
        for (var i = 0; i < _panes.Length; i++)
        {
            var left = i * _width;
            var width = (i == _panes.Length - 1 ? canvas.Width - left : _width - 1);
            var node = _panes[i].Node;
            var head = new Canvas(width, 1);
            var x = head.Write(0, 0, node.Target.Label, new Look(Tone.Name, IsBold: true)) + 1;
            head.Write(x, 0, NodeLook.Standing(node), NodeLook.GetTone(node.Phase));
            if (i == _focus)
                head.Paint(0, look => look with { IsReverse = true });
            canvas.Put(left, 0, head);
            var body = new Canvas(width, Math.Max(canvas.Height - 1, 1));
            _panes[i].Draw(body);
            canvas.Put(left, 1, body);
            for (var y = 0; i < _panes.Length - 1 && y < canvas.Height; y++)
                canvas.Write(left + width, y, session.IsAscii ? "|" : "│", Tone.Faint);
        }
    }

    public bool Press(string key)
    {
        switch (key)
        {
            case "Right" or "Tab":
                _focus = (_focus + 1) % _panes.Length;
                return true;
            case "Left" or "BackTab":
                _focus = (_focus + _panes.Length - 1) % _panes.Length;
                return true;
            case "Enter":
                session.OpenNode(_panes[_focus].Node);
                return true;
            default:
                return _panes[_focus].Press(key);
        }
    }

    public bool Click(int x, int y)
    {
        _focus = Math.Clamp(x / Math.Max(_width, 1), 0, _panes.Length - 1);
        return true;
    }
}
