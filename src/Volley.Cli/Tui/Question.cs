using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Tui;

/// <summary>A yes-or-no question in the last row: <c>y</c> confirms, any other key declines.</summary>
/// <param name="Text">The question.</param>
/// <param name="Confirmed">Runs when the user confirms.</param>
internal sealed record Question(string Text, Action Confirmed)
{
    public void Draw(Canvas canvas, int y)
    {
        const string Keys = " y or n";
        var x = canvas.Write(0, y, Text, new Look(Tone.Pending, IsBold: true), limit: canvas.Width - Keys.Length);
        canvas.Write(x, y, Keys);
    }
}
