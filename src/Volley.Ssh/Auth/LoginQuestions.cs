namespace Volley.Ssh.Auth;

/// <summary>The questions of one login to the application.</summary>
/// <param name="ask">Answers them.</param>
/// <param name="host">The host as requested.</param>
/// <param name="user">The login name.</param>
internal sealed class LoginQuestions(SshPromptCallback ask, string host, string user)
{
    /// <summary>Whether a question stayed without an answer.</summary>
    public bool HasUnanswered { get; private set; }

    /// <summary>Asks for the password of the account.</summary>
    public ValueTask<byte[]?> AskPasswordAsync(CancellationToken cancellationToken) =>
        AskAsync(new(host, user, SshPromptKind.Password, "Password: "), cancellationToken);

    /// <summary>Asks for a new password.</summary>
    /// <param name="reason">The host's text.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    public ValueTask<byte[]?> AskNewPasswordAsync(string reason, CancellationToken cancellationToken) =>
        AskAsync(
            new(host, user, SshPromptKind.NewPassword, "New password: ") { Instruction = reason.Length > 0 ? reason : null }, cancellationToken);

    /// <summary>Passes a question of the host on.</summary>
    public ValueTask<byte[]?> AskAsync(string text, bool isHidden, string? instruction, CancellationToken cancellationToken)
    {
        var kind = isHidden ? SshPrompt.FindKind(text) : SshPromptKind.Question;
        return AskAsync(new(host, user, kind, text) { IsHidden = isHidden, Instruction = instruction }, cancellationToken);
    }

    /// <summary>Asks whether to accept a host key.</summary>
    /// <param name="description">The key.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    public ValueTask<byte[]?> AskHostKeyAsync(string description, CancellationToken cancellationToken) => AskAsync(
        new(host, user, SshPromptKind.HostKey, "Continue connecting (yes/no/fingerprint)? ") { IsHidden = false, Instruction = description },
        cancellationToken);

    private async ValueTask<byte[]?> AskAsync(SshPrompt prompt, CancellationToken cancellationToken)
    {
        // The application may block, so it never runs on the thread that watches the sockets.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var answer = await ask(prompt, cancellationToken).ConfigureAwait(false);
        HasUnanswered |= answer is null;
        return answer;
    }
}
