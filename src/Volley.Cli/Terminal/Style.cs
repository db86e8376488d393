namespace Volley.Cli.Terminal;

/// <summary>Our own colours; none where they are off.</summary>
/// <param name="IsOn">Whether there are colours.</param>
internal sealed record Style(bool IsOn)
{
    public string Label(string text) => Paint(text, "36");

    public string ErrorLabel(string text) => Paint(text, "31");

    public string Good(string text) => Paint(text, "32");

    public string Bad(string text) => Paint(text, "31");

    public string Faint(string text) => Paint(text, "2");

    private string Paint(string text, string code) => IsOn ? $"\e[{code}m{text}\e[0m" : text;
}
