using System.Security.Cryptography;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>The method password: RFC 4252 section 8.</summary>
/// <param name="channel">The login.</param>
/// <param name="password">The password.</param>
/// <param name="questions">Asks for what is not known; null to ask nothing.</param>
/// <param name="refused">Receives the reasons of a refusal.</param>
internal sealed class PasswordMethod(AuthenticationChannel channel, LoginPassword password, LoginQuestions? questions, List<string> refused)
{
    /// <summary>How often a server may refuse a new password, for instance because it is too short.</summary>
    private const int MaxChanges = 3;

    public async ValueTask<AuthenticationAnswer> TryAsync(CancellationToken cancellationToken)
    {
        byte[]? typed = null;
        try
        {
            ReadOnlyMemory<byte>? known = password.IsAvailable || questions is null
                ? await password.TakeAsync(refused, cancellationToken).ConfigureAwait(false)
                : typed = await questions.AskPasswordAsync(cancellationToken).ConfigureAwait(false);
            if (known is not { } secret)
            {
                if (questions is { HasUnanswered: true })
                    refused.Add("the password (no answer to \"Password:\")");
                return AuthenticationAnswer.Failure;
            }

            Send(secret.Span);
            var answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            if (answer is AuthenticationAnswer.Failure)
                refused.Add("the password");
            return answer is AuthenticationAnswer.Method ? await ChangeAsync(secret, cancellationToken).ConfigureAwait(false) : answer;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
        }
    }

    /// <summary>Answers SSH_MSG_USERAUTH_PASSWD_CHANGEREQ, which need not be answered before the next method.</summary>
    private async ValueTask<AuthenticationAnswer> ChangeAsync(ReadOnlyMemory<byte> old, CancellationToken cancellationToken)
    {
        for (var changes = 0; ; changes++)
        {
            var (reason, shown) = ReadReason(channel.Message.Span);
            if (questions is null || changes == MaxChanges
                || await questions.AskNewPasswordAsync(reason, cancellationToken).ConfigureAwait(false) is not { } changed)
            {
                refused.Add($"the password (it must be changed: {shown})");
                return AuthenticationAnswer.Failure;
            }

            Send(old.Span, changed);
            CryptographicOperations.ZeroMemory(changed);
            var answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            if (answer is AuthenticationAnswer.Failure)
                refused.Add("the new password");
            if (answer is not AuthenticationAnswer.Method)
                return answer;
        }
    }

    private void Send(ReadOnlySpan<byte> secret, byte[]? changed = null)
    {
        var request = channel.Request("password", secret.Length + (changed?.Length ?? 0));
        request.WriteBoolean(changed is not null);
        request.WriteString(secret);
        if (changed is not null)
            request.WriteString(changed);
        channel.Send(request.FinishSecret());
    }

    private static (string Reason, string Shown) ReadReason(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var display = new SshReader(message);
        return (SshPrompt.ReadText(ref reader), display.ReadDisplayText());
    }
}
