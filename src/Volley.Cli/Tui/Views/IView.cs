using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>A view of a run. It fills the screen between the first and the last row.</summary>
internal interface IView
{
    /// <summary>The name of the view in the first row.</summary>
    string Title { get; }

    /// <summary>The view's own keys, the most useful first, separated by two spaces. Keys that work in every view are omitted.</summary>
    string Hints { get; }

    /// <summary>The node under the cursor; null if there is none.</summary>
    NodeState? Current { get; }

    /// <summary>The nodes under the cursor. Commands act on them when no node is marked.</summary>
    IReadOnlyList<NodeState> Selected => Current is { } node ? [node] : [];

    /// <summary>Whether <c>q</c> returns to the previous view instead of quitting the program.</summary>
    bool IsDetail => true;

    /// <summary>Draws the view.</summary>
    void Draw(Canvas canvas);

    /// <summary>Handles a key. Returns false if the view does not use it.</summary>
    bool Press(string key);

    /// <summary>Handles a click at a cell of the view's canvas. Returns true if Enter can open the selected item.</summary>
    bool Click(int x, int y) => false;

    /// <summary>Advances long operations. Returns true if the view must be redrawn.</summary>
    bool Tick() => false;
}
