using System.Globalization;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Tui;

/// <summary>A one-line text input.</summary>
/// <param name="label">The text in front of the input.</param>
/// <param name="text">The initial text.</param>
/// <param name="completed">Receives the completed line.</param>
internal sealed class Prompt(string label, string text, Action<string> completed)
{
    /// <summary>The state of the prompt after a key.</summary>
    internal enum Outcome
    {
        /// <summary>The prompt takes more keys.</summary>
        Open,

        /// <summary>Enter completed the line.</summary>
        Done,

        /// <summary>The user canceled the prompt.</summary>
        Dropped,
    }

    /// <summary>Called with the new text after each change.</summary>
    public Action<string>? Changed { get; init; }

    /// <summary>Called when the user cancels the prompt.</summary>
    public Action? Dropped { get; init; }

    /// <summary>Whether the initial text is a proposal: the first typed character replaces it.</summary>
    public bool IsProposal { get; set; }

    private string Text { get; set; } = text;

    public Outcome Press(string key)
    {
        var wasProposal = IsProposal;
        IsProposal = false;
        switch (key)
        {
            case "Enter":
                return Outcome.Done;
            case "Esc" or "Ctrl+C":
                Dropped?.Invoke();
                return Outcome.Dropped;
            case "Backspace" when Text.Length == 0:
                Dropped?.Invoke();
                return Outcome.Dropped;
            case "Backspace":
                Text = Text[..^StringInfo.GetNextTextElementLength(Text, StringInfo.ParseCombiningCharacters(Text)[^1])];
                break;
            case "Ctrl+U":
                Text = "";
                break;
            case "Space":
                Text = (wasProposal ? "" : Text) + " ";
                break;
            default:
                // Every other key is longer than one character: it is a name, such as PgUp.
                if (new StringInfo(key).LengthInTextElements != 1)
                    return Outcome.Open;
                Text = (wasProposal ? "" : Text) + key;
                break;
        }

        Changed?.Invoke(Text);
        return Outcome.Open;
    }

    public void Complete() => completed(Text);

    public void Draw(Canvas canvas, int y)
    {
        // The visible part is the end, where the user types.
        var shown = Text;
        while (CellWidth.Measure(label + shown) > canvas.Width - 1 && shown.Length > 0)
            shown = shown[1..];
        var x = canvas.Write(0, y, label, new Look(Tone.Pending, IsBold: true));
        x = canvas.Write(x, y, shown, IsProposal ? Tone.Faint : Tone.Plain);
        canvas.Write(x, y, " ", new Look(Tone.Plain, IsReverse: true));
    }
}
