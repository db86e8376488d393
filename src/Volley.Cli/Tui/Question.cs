using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Tui;

/// <summary>A question in the last row, which <c>y</c> answers with yes and every other key with no.</summary>
/// <param name="Text">The question.</param>
/// <param name="Confirmed">Does what was asked.</param>
internal sealed record Question(string Text, Action Confirmed)
{
    public void Draw(Canvas canvas, int y)
    {
        const string Keys = " y or n";
        var x = canvas.Write(0, y, Text, new Look(Tone.Pending, IsBold: true), limit: canvas.Width - Keys.Length);
        canvas.Write(x, y, Keys);
    }
}
