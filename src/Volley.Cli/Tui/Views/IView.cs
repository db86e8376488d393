using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>One way to look at a run. It draws what is between the first and the last row of the screen.</summary>
internal interface IView
{
    /// <summary>Its name, for the first row.</summary>
    string Title { get; }

    /// <summary>The keys that matter here, the most useful first, two blanks between them; those that matter everywhere are left out.</summary>
    string Hints { get; }

    /// <summary>The node that it is at; null if it is at none.</summary>
    NodeState? Current { get; }

    /// <summary>The nodes under the cursor, on which keys act while none is marked.</summary>
    IReadOnlyList<NodeState> Selected => Current is { } node ? [node] : [];

    /// <summary>Whether <c>q</c> goes back to the view that it was opened from, instead of leaving the program.</summary>
    bool IsDetail => true;

    /// <summary>Draws it.</summary>
    void Draw(Canvas canvas);

    /// <summary>Takes a key; false if it means nothing here.</summary>
    bool Press(string key);

    /// <summary>Takes a click on a cell of its canvas; true if it selects something that Enter opens.</summary>
    bool Click(int x, int y) => false;

    /// <summary>Goes on with what takes long; false if there is nothing to do.</summary>
    bool Tick() => false;
}
