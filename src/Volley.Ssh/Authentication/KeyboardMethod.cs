using Volley.Ssh.Messages;

namespace Volley.Ssh.Authentication;

/// <summary>
/// keyboard-interactive (RFC 4256), as far as a password answers it: the first question without echo gets it, and a second
/// question is one that it does not answer.
/// </summary>
internal static class KeyboardMethod
{
    private const int MostRounds = 16;
    private const uint MostPrompts = 64;

    public static async ValueTask<AuthenticationAnswer> TryAsync(
        AuthenticationChannel channel, ReadOnlyMemory<byte> password, List<string> refused, CancellationToken cancellationToken)
    {
        var request = channel.Request("keyboard-interactive");
        // No language, and no wish for one of the server's devices.
        request.Text("");
        request.Text("");
        channel.Send(request.Finish());
        var isUsed = false;
        for (var rounds = 0; ; rounds++)
        {
            var answer = await channel.ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            if (answer is AuthenticationAnswer.Failure)
                refused.Add("the password (keyboard-interactive)");
            if (answer is not AuthenticationAnswer.Method)
                return answer;
            if (rounds == MostRounds)
                throw SshException.Violation("the server asks without end");
            if (Answer(channel.Message.Span, password.Span, ref isUsed, out var unanswered) is not { } response)
            {
                refused.Add($"keyboard-interactive (nobody can answer \"{unanswered}\")");
                // Another request ends this conversation (RFC 4256 section 3.1).
                return AuthenticationAnswer.Failure;
            }
            channel.Send(response);
        }
    }

    private static OutgoingMessage? Answer(ReadOnlySpan<byte> message, ReadOnlySpan<byte> password, ref bool isUsed, out string unanswered)
    {
        unanswered = "";
        var reader = new MessageReader(message);
        // A name, an instruction and a language.
        reader.Bytes();
        reader.Bytes();
        reader.Bytes();
        var count = reader.UInt32();
        if (count > MostPrompts)
            throw SshException.Violation($"the server asks {count} questions at once");
        for (var i = 0; i < count; i++)
        {
            unanswered = reader.Text();
            var echo = reader.Boolean();
            if (echo || isUsed)
                return null;
            isUsed = true;
        }

        // All is read: there is no way out from here that leaves the password behind.
        var response = new MessageWriter(MessageNumber.UserAuthInfoResponse, password.Length + 64);
        response.UInt32(count);
        if (count > 0)
            response.Bytes(password);
        return response.FinishSecret();
    }
}
