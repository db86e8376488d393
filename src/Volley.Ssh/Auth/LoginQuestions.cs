using System.Text;

namespace Volley.Ssh.Auth;

/// <summary>The questions of one login to the application.</summary>
/// <param name="ask">Answers them.</param>
/// <param name="host">The host as requested.</param>
/// <param name="user">The login name.</param>
internal sealed class LoginQuestions(SshPromptCallback ask, string host, string user)
{
    private const int MaxHostKeyAnswers = 5;

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

    /// <summary>Asks whether to accept a host key, and as ssh does, again after an answer that it does not know.</summary>
    /// <param name="description">The key.</param>
    /// <param name="fingerprint">Its fingerprint, which accepts it, too.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    /// <returns>Null if there is no answer.</returns>
    public async ValueTask<bool?> AskHostKeyAsync(string description, string fingerprint, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var isFirst = tries == 1;
            var text = isFirst ? "Continue connecting (yes/no/fingerprint)? " : "Please type 'yes', 'no' or the fingerprint: ";
            var prompt = new SshPrompt(host, user, SshPromptKind.HostKey, text) { IsHidden = false, Instruction = isFirst ? description : null };
            if (await AskAsync(prompt, cancellationToken).ConfigureAwait(false) is not { } typed)
                return null;
            var answer = Encoding.UTF8.GetString(typed).Trim();
            if (answer == fingerprint || answer.Equals("yes", StringComparison.OrdinalIgnoreCase))
                return true;
            if (tries == MaxHostKeyAnswers || answer.Equals("no", StringComparison.OrdinalIgnoreCase))
                return false;
        }
    }

    private async ValueTask<byte[]?> AskAsync(SshPrompt prompt, CancellationToken cancellationToken)
    {
        // The application may block, so it never runs on the thread that watches the sockets.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var answer = await ask(prompt, cancellationToken).ConfigureAwait(false);
        HasUnanswered |= answer is null;
        return answer;
    }
}
