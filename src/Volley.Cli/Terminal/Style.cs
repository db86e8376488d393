namespace Volley.Cli.Terminal;

/// <summary>Our own colours; none where they are off.</summary>
/// <param name="IsOn">Whether there are colours.</param>
/// <param name="IsAscii">Whether it is all that may be shown.</param>
internal sealed record Style(bool IsOn, bool IsAscii = false)
{
    /// <summary>What stands in front of a node that succeeded.</summary>
    public string GoodMark => Good(IsAscii ? "ok" : "✓");

    /// <summary>What stands in front of a node that failed.</summary>
    public string BadMark => Bad(IsAscii ? "failed" : "✗");

    /// <summary>What stands in front of a node that is still running.</summary>
    public string PartMark => IsAscii ? "..." : "…";

    public string Label(string text) => Paint(text, "36");

    /// <summary>A label that begins a block.</summary>
    public string Title(string text) => Paint(text, "1;36");

    public string ErrorLabel(string text) => Paint(text, "31");

    public string Good(string text) => Paint(text, "32");

    public string Bad(string text) => Paint(text, "31");

    public string Faint(string text) => Paint(text, "2");

    private string Paint(string text, string code) => IsOn && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
