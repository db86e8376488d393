using Volley.Interop.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>
/// The method keyboard-interactive (RFC 4256), as far as a password answers it: a single prompt without echo that asks for the password
/// (<see cref="PasswordPrompt"/>). Other prompts are not answered.
/// </summary>
internal static class KeyboardMethod
{
    private const int MaxRounds = 16;
    private const uint MaxPrompts = 64;

    public static async ValueTask<AuthenticationAnswer> TryAsync(
        AuthenticationChannel channel, LoginPassword password, List<string> refused, CancellationToken cancellationToken)
    {
        var request = channel.Request("keyboard-interactive");
        // No language tag and no submethods.
        request.WriteText("");
        request.WriteText("");
        channel.Send(request.Finish());
        for (var rounds = 0; ; rounds++)
        {
            var answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            if (answer is AuthenticationAnswer.Failure)
                refused.Add("the password (keyboard-interactive)");
            if (answer is not AuthenticationAnswer.Method)
                return answer;
            if (rounds == MaxRounds)
                throw SshException.Violation("the server asks without end");
            // To abandon the exchange, the next request is simply sent (RFC 4256 section 3.1).
            var count = ReadQuestions(channel.Message.Span, out var unanswered);
            if (unanswered is not null)
            {
                refused.Add($"keyboard-interactive (no answer to \"{unanswered}\")");
                return AuthenticationAnswer.Failure;
            }

            ReadOnlyMemory<byte> secret = default;
            if (count > 0)
            {
                if (await password.TakeAsync(refused, cancellationToken).ConfigureAwait(false) is not { } taken)
                    return AuthenticationAnswer.Failure;
                secret = taken;
            }

            channel.Send(Response(count, secret.Span));
        }
    }

    /// <summary>Parses SSH_MSG_USERAUTH_INFO_REQUEST.</summary>
    /// <param name="message">The message.</param>
    /// <param name="unanswered">The first prompt that the password does not answer, or null.</param>
    /// <returns>The number of prompts.</returns>
    private static uint ReadQuestions(ReadOnlySpan<byte> message, out string? unanswered)
    {
        var reader = new SshReader(message);
        // Skips the name, the instruction and the language tag.
        reader.ReadString();
        reader.ReadString();
        reader.ReadString();
        var count = reader.ReadUInt32();
        if (count > MaxPrompts)
            throw SshException.Violation($"the server asks {count} questions at once");
        unanswered = null;
        for (var i = 0; i < count; i++)
        {
            var prompt = reader.ReadDisplayText();
            var echo = reader.ReadBoolean();
            if (unanswered is null && (i > 0 || echo || !PasswordPrompt.AsksForPassword(prompt)))
                unanswered = prompt;
        }

        return count;
    }

    private static OutgoingMessage Response(uint count, ReadOnlySpan<byte> secret)
    {
        var response = new SshWriter(MessageNumber.UserAuthInfoResponse, secret.Length + 64);
        response.WriteUInt32(count);
        if (count > 0)
            response.WriteString(secret);
        return response.FinishSecret();
    }
}
