using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>The method password: RFC 4252 section 8.</summary>
internal static class PasswordMethod
{
    public static async ValueTask<AuthenticationAnswer> TryAsync(
        AuthenticationChannel channel, LoginPassword password, List<string> refused, CancellationToken cancellationToken)
    {
        if (await password.TakeAsync(refused, cancellationToken).ConfigureAwait(false) is not { } secret)
            return AuthenticationAnswer.Failure;
        var request = channel.Request("password", secret.Length);
        request.WriteBoolean(false);
        request.WriteString(secret.Span);
        channel.Send(request.FinishSecret());
        var answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
        if (answer is AuthenticationAnswer.Failure)
            refused.Add("the password");
        if (answer is not AuthenticationAnswer.Method)
            return answer;
        // SSH_MSG_USERAUTH_PASSWD_CHANGEREQ. It need not be answered before the next method.
        var reader = new SshReader(channel.Message.Span);
        refused.Add($"the password (it must be changed: {reader.ReadDisplayText()})");
        return AuthenticationAnswer.Failure;
    }
}
