namespace Volley.Cli.Terminal;

/// <summary>The colors and marks of the program's own output. Without colors, text passes unchanged.</summary>
/// <param name="IsOn">Whether to use colors.</param>
/// <param name="IsAscii">Whether to use only ASCII.</param>
internal sealed record Style(bool IsOn, bool IsAscii = false)
{
    /// <summary>The mark before a node that succeeded.</summary>
    public string GoodMark => Good(IsAscii ? "ok" : "✓");

    /// <summary>The mark before a node that failed.</summary>
    public string BadMark => Bad(IsAscii ? "failed" : "✗");

    /// <summary>The mark before a node that is still running.</summary>
    public string PartMark => IsAscii ? "..." : "…";

    public string Label(string text) => Paint(text, "36");

    /// <summary>Colors the label in the header of a block.</summary>
    public string Title(string text) => Paint(text, "1;36");

    public string ErrorLabel(string text) => Paint(text, "31");

    public string Good(string text) => Paint(text, "32");

    public string Bad(string text) => Paint(text, "31");

    public string Faint(string text) => Paint(text, "2");

    private string Paint(string text, string code) => IsOn && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
