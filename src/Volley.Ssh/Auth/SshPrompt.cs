using Volley.Interop.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>A question that must be answered before a login can go on.</summary>
/// <param name="Host">The host that asks: its name as requested.</param>
/// <param name="User">The login name.</param>
/// <param name="Kind">What is asked for.</param>
/// <param name="Text">The question. A host may have written it: it can have any character.</param>
/// <exception cref="ArgumentNullException">A text is null.</exception>
public sealed record SshPrompt(string Host, string User, SshPromptKind Kind, string Text)
{
    /// <summary>The largest length of a host's text.</summary>
    private const int MaxTextLength = 4096;

    /// <summary>The host that asks: its name as requested.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Host { get; init => field = Argument.NotNull(value, nameof(Host)); } = Argument.NotNull(Host, nameof(Host));

    /// <summary>The login name.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string User { get; init => field = Argument.NotNull(value, nameof(User)); } = Argument.NotNull(User, nameof(User));

    /// <summary>The question. A host may have written it: it can have any character.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Text { get; init => field = Argument.NotNull(value, nameof(Text)); } = Argument.NotNull(Text, nameof(Text));

    /// <summary>Whether the answer is a secret, which a terminal must not echo.</summary>
    public bool IsHidden { get; init; } = true;

    /// <summary>A text of the host to show before the question, of several lines; null for none.</summary>
    public string? Instruction { get; init; }

    /// <summary>The host that has refused the last answer to this question; null for none.</summary>
    public string? RefusedBy { get; init; }

    /// <summary>The last line of <see cref="Text"/>, without control characters: sshd puts what PAM tells before a question in front of it.</summary>
    public string LastLine => GetLastLine(Text);

    /// <summary>Returns what a host's question without echo asks for.</summary>
    /// <param name="text">The question, without the name of the host.</param>
    /// <returns>A password, a new password, or something else.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static SshPromptKind FindKind(string text)
    {
        var question = GetLastLine(Argument.NotNull(text, nameof(text)));
        return PasswordPrompt.AsksForPassword(question) || PasswordPrompt.AsksForOldPassword(question) ? SshPromptKind.Password
            : PasswordPrompt.AsksForNewPassword(question) ? SshPromptKind.NewPassword
            : SshPromptKind.Question;
    }

    /// <summary>Returns the last line of a text, without control characters.</summary>
    internal static string GetLastLine(string text) =>
        new string([.. text.Trim().Split('\n')[^1].Select(static c => char.IsControl(c) ? ' ' : c)]).Trim();

    /// <summary>Reads a text of a host: of limited length, its lines kept.</summary>
    internal static string ReadText(ref SshReader reader)
    {
        var text = reader.ReadText();
        return text.Length <= MaxTextLength ? text : text[..MaxTextLength];
    }
}
