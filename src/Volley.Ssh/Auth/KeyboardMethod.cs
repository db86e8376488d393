using System.Security.Cryptography;
using Volley.Interop.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>
/// The method keyboard-interactive (RFC 4256). The password answers a single prompt without echo that asks for the password
/// (<see cref="PasswordPrompt"/>). Other prompts are passed to the application, if it answers questions.
/// </summary>
/// <param name="channel">The login.</param>
/// <param name="password">The password.</param>
/// <param name="questions">Asks the questions that the password does not answer; null to answer none.</param>
/// <param name="refused">Receives the reasons of a refusal.</param>
internal sealed class KeyboardMethod(AuthenticationChannel channel, LoginPassword password, LoginQuestions? questions, List<string> refused)
{
    private const int MaxRounds = 16;
    private const uint MaxPrompts = 64;

    /// <summary>Whether the application has answered a question of the host, such as for a one-time code, in which it may have made a typing error.</summary>
    public bool HasTypedAnswer { get; private set; }

    public async ValueTask<AuthenticationAnswer> TryAsync(CancellationToken cancellationToken)
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
                refused.Add(questions is null ? "the password (keyboard-interactive)" : "keyboard-interactive");
            if (answer is not AuthenticationAnswer.Method)
                return answer;
            if (rounds == MaxRounds)
                throw SshException.Violation("the server asks without end");
            // To abandon the exchange, the next request is simply sent (RFC 4256 section 3.1).
            if (!await AnswerAsync(InfoRequest.Read(channel.Message.Span), cancellationToken).ConfigureAwait(false))
                return AuthenticationAnswer.Failure;
        }
    }

    /// <summary>Answers the prompts of one request. Returns false if one has no answer.</summary>
    private async ValueTask<bool> AnswerAsync(InfoRequest request, CancellationToken cancellationToken)
    {
        // A password answers no more than one prompt.
        if (questions is null && request.Prompts.Where((prompt, i) => i > 0 || !IsForPassword(prompt)).FirstOrDefault() is { } unknown)
            return Unanswered(unknown);
        var answers = new List<ReadOnlyMemory<byte>>();
        var typed = new List<byte[]>();
        try
        {
            for (var i = 0; i < request.Prompts.Count; i++)
            {
                var prompt = request.Prompts[i];
                if (IsForPassword(prompt) && (questions is null || password.IsAvailable))
                {
                    if (await password.TakeAsync(refused, cancellationToken).ConfigureAwait(false) is not { } secret)
                        return false;
                    answers.Add(secret);
                    continue;
                }

                var instruction = i == 0 ? request.Instruction : null;
                if (await questions!.AskAsync(prompt.Text, !prompt.Echo, instruction, cancellationToken).ConfigureAwait(false) is not { } answer)
                    return Unanswered(prompt);
                typed.Add(answer);
                answers.Add(answer);
                HasTypedAnswer |= prompt.Echo || SshPrompt.FindKind(prompt.Text) == SshPromptKind.Question;
            }

            channel.Send(Response(answers));
            return true;
        }
        finally
        {
            foreach (var answer in typed)
                CryptographicOperations.ZeroMemory(answer);
        }
    }

    private bool Unanswered(Prompt prompt)
    {
        HasTypedAnswer = false;
        refused.Add($"keyboard-interactive (no answer to \"{(questions is null ? prompt.Shown : SshPrompt.GetLastLine(prompt.Text))}\")");
        return false;
    }

    private static bool IsForPassword(Prompt prompt) => !prompt.Echo && PasswordPrompt.AsksForPassword(prompt.Shown);

    private static OutgoingMessage Response(List<ReadOnlyMemory<byte>> answers)
    {
        var response = new SshWriter(MessageNumber.UserAuthInfoResponse, answers.Sum(answer => answer.Length + sizeof(uint)) + 64);
        response.WriteUInt32((uint)answers.Count);
        foreach (var answer in answers)
            response.WriteString(answer.Span);
        return response.FinishSecret();
    }

    /// <summary>One prompt.</summary>
    /// <param name="Text">Its text.</param>
    /// <param name="Shown">Its text for a message.</param>
    /// <param name="Echo">Whether the answer may be shown.</param>
    private sealed record Prompt(string Text, string Shown, bool Echo);

    /// <summary>SSH_MSG_USERAUTH_INFO_REQUEST.</summary>
    /// <param name="Instruction">The text to show before the prompts; null for none.</param>
    /// <param name="Prompts">The prompts.</param>
    private sealed record InfoRequest(string? Instruction, IReadOnlyList<Prompt> Prompts)
    {
        public static InfoRequest Read(ReadOnlySpan<byte> message)
        {
            var reader = new SshReader(message);
            var name = SshPrompt.ReadText(ref reader);
            var instruction = SshPrompt.ReadText(ref reader);
            // Skips the language tag.
            reader.ReadString();
            var count = reader.ReadUInt32();
            if (count > MaxPrompts)
                throw SshException.Violation($"the server asks {count} questions at once");
            var prompts = new List<Prompt>();
            for (var i = 0; i < count; i++)
            {
                var display = reader;
                prompts.Add(new(SshPrompt.ReadText(ref reader), display.ReadDisplayText(), reader.ReadBoolean()));
            }

            string[] shown = [.. new[] { name, instruction }.Where(text => text.Length > 0)];
            return new(shown is [] ? null : string.Join('\n', shown), prompts);
        }
    }
}
