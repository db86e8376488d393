using System.Globalization;
using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Tui;

/// <summary>A line that is being typed.</summary>
/// <param name="label">What stands in front of it.</param>
/// <param name="text">What it begins with.</param>
/// <param name="completed">Takes the line.</param>
internal sealed class Prompt(string label, string text, Action<string> completed)
{
    /// <summary>What a key did to it.</summary>
    internal enum Outcome
    {
        /// <summary>It is still being typed.</summary>
        Open,

        /// <summary>It is complete.</summary>
        Done,

        /// <summary>It was given up.</summary>
        Dropped,
    }

    /// <summary>Told what the line has become with each key.</summary>
    public Action<string>? Changed { get; init; }

    /// <summary>Told when it is given up.</summary>
    public Action? Dropped { get; init; }

    /// <summary>Whether the text that it begins with is a proposal, which the first character that is typed replaces.</summary>
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
                // The names of other keys are longer than any character.
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
        // The end of it is what is being typed.
        var shown = Text;
        while (CellWidth.Of(label + shown) > canvas.Width - 1 && shown.Length > 0)
            shown = shown[1..];
        var x = canvas.Write(0, y, label, new Look(Tone.Pending, IsBold: true));
        x = canvas.Write(x, y, shown, IsProposal ? Tone.Faint : Tone.Plain);
        canvas.Write(x, y, " ", new Look(Tone.Plain, IsReverse: true));
    }
}
