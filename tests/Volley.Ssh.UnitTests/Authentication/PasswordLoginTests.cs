using System.Text;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Authentication;

/// <summary>Passwords, and questions that one answers.</summary>
public sealed class PasswordLoginTests
{
    private const string Secret = "s3cret päss";

    [Fact]
    public async Task AfterTheKeysTheFirstMethodThatAsksGetsThePasswordAndNoOther()
    {
        var key = TransportKey.Create("ssh-ed25519");
        await using var scene = await StartAsync(key);
        await scene.RefuseAsync("password,publickey,keyboard-interactive");
        await scene.RefuseAsync("password,publickey,keyboard-interactive", key);
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "keyboard-interactive", "", ""), await scene.Server.ReadAsync());
        await AskAsync(scene, ("Password: ", false));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthInfoResponse, 1u, Secret), await scene.Server.ReadAsync());
        // PAM ends with a question of nothing.
        await AskAsync(scene);
        Assert.Equal(Wire.Message(MessageNumber.UserAuthInfoResponse, 0u), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "password,publickey,keyboard-interactive", false));
        var refusal = await scene.RefusalAsync();
        Assert.Equal(SshFailure.AuthenticationFailed, refusal.Failure);
        Assert.DoesNotContain(Secret, refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Verification code: ", false)]
    [InlineData("One-time password: ", false)]
    [InlineData("Enter passphrase for key '/home/me/.ssh/id_ed25519': ", false)]
    [InlineData("New password: ", false)]
    [InlineData("Retype new password: ", false)]
    [InlineData("Current password: ", false)]
    [InlineData("(current) UNIX password: ", false)]
    [InlineData("Password:\nNew password: ", false)]
    [InlineData("Password", false)]
    [InlineData("", false)]
    [InlineData("Password: ", true)]
    [InlineData("Your name", true)]
    public async Task AQuestionThatThePasswordDoesNotAnswerIsNotAnsweredAndLeavesItForTheNextMethod(string question, bool echo)
    {
        await using var scene = await StartAsync();
        await scene.RefuseAsync("keyboard-interactive,password");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await AskAsync(scene, (question, echo));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", false, Secret), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "keyboard-interactive,password", false));
        Assert.Contains($"no answer to \"{question.Replace('\n', ' ').Trim()}\"", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePasswordAnswersNoneOfSeveralQuestions()
    {
        await using var scene = await StartAsync();
        await scene.RefuseAsync("keyboard-interactive");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await AskAsync(scene, ("Password: ", false), ("Verification code: ", false));
        Assert.Contains("no answer to \"Verification code:\"", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password")]
    [InlineData("keyboard-interactive")]
    public async Task AfterPartialSuccessThePasswordIsNotSentAgain(string next)
    {
        await using var scene = await StartAsync();
        await scene.RefuseAsync("password");
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", false, Secret), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, next, true));
        Assert.Contains($"Permission denied (the server takes {next})", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password")]
    [InlineData("keyboard-interactive")]
    public async Task APasswordThatMayNotBeSentIsNot(string method)
    {
        await using var scene = await StartAsync(maySend: false);
        await scene.RefuseAsync(method);
        if (method == "keyboard-interactive")
        {
            await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
            await AskAsync(scene, ("Password: ", false));
        }

        Assert.Contains("the password (not sent again after the host has refused it)", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASecondQuestionDoesNotGetThePasswordAgain()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("keyboard-interactive");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, "Password: ", false));
        await scene.Server.ExpectAsync(MessageNumber.UserAuthInfoResponse);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, "One-time code: ", false));
        Assert.Contains("One-time code", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnExpiredPasswordIsSaidToBeOne()
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("password");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "expired since yesterday", ""));
        Assert.Contains("the password (it must be changed: expired since yesterday)", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QuestionsThatThePasswordDoesNotAnswerAreAsked()
    {
        var asked = new List<SshPrompt>();
        await using var scene = await AskingSceneAsync(asked, Encoding.UTF8.GetBytes(Secret), "alice", "314159");
        await scene.RefuseAsync("keyboard-interactive");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(
            MessageNumber.UserAuthMethod, "Two factors", "Use your token\nor your phone", "", 3u, "Name: ", true, "Password: ", false, "Menu\n1. push\nCode: ", false));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthInfoResponse, 3u, "alice", Secret, "314159"), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthSuccess));
        await scene.Login.WaitAsync(TransportServer.Limit);
        Assert.Equal(
            [
                new("web1", "me", SshPromptKind.Question, "Name: ") { IsHidden = false, Instruction = "Two factors\nUse your token\nor your phone" },
                new("web1", "me", SshPromptKind.Question, "Menu\n1. push\nCode: "),
            ],
            asked);
    }

    [Fact]
    public async Task AnExpiredPasswordIsReplacedByOneThatIsAskedForUntilTheServerTakesIt()
    {
        var asked = new List<SshPrompt>();
        await using var scene = await AskingSceneAsync(asked, password: null, "old", "short", "l0nger");
        await scene.RefuseAsync("password");
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", false, "old"), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "expired", ""));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", true, "old", "short"), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "too short", ""));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", true, "old", "l0nger"), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthSuccess));
        await scene.Login.WaitAsync(TransportServer.Limit);
        Assert.Equal([SshPromptKind.Password, SshPromptKind.NewPassword, SshPromptKind.NewPassword], asked.Select(prompt => prompt.Kind));
        Assert.Equal([null, "expired", "too short"], asked.Select(prompt => prompt.Instruction));
    }

    [Fact]
    public async Task AQuestionWithoutAnAnswerFailsTheLogin()
    {
        await using var scene = await AskingSceneAsync([], password: null);
        await scene.RefuseAsync("keyboard-interactive");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await AskAsync(scene, ("Verification code: ", false));
        var refusal = await scene.RefusalAsync();
        Assert.True(refusal.HasUnansweredPrompt);
        Assert.Contains("no answer to \"Verification code:\"", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Password: ", SshPromptKind.Password)]
    [InlineData("Current password: ", SshPromptKind.Password)]
    [InlineData("(current) UNIX password: ", SshPromptKind.Password)]
    [InlineData("New password: ", SshPromptKind.NewPassword)]
    [InlineData("Retype new UNIX password: ", SshPromptKind.NewPassword)]
    [InlineData("Re-enter new password:", SshPromptKind.NewPassword)]
    [InlineData("One-time password: ", SshPromptKind.Question)]
    [InlineData("Password + token: ", SshPromptKind.Question)]
    [InlineData("Verification code: ", SshPromptKind.Question)]
    public void OnlyAPasswordIsOneForSeveralLogins(string text, SshPromptKind kind) => Assert.Equal(kind, SshPrompt.FindKind(text));

    /// <summary>A login whose questions get these answers, in order, and then none.</summary>
    private static Task<LoginScene> AskingSceneAsync(List<SshPrompt> asked, byte[]? password, params string[] answers)
    {
        var left = new Queue<string>(answers);
        return LoginScene.StartAsync(new("me")
        {
            // A null array would become an empty password.
            Password = password is null ? default(ReadOnlyMemory<byte>?) : password,
            Questions = new(
                (prompt, _) =>
                {
                    asked.Add(prompt);
                    return new(left.TryDequeue(out var answer) ? Encoding.UTF8.GetBytes(answer) : null);
                },
                "web1",
                "me"),
        });
    }

    private static Task<LoginScene> StartAsync(TransportKey? key = null, bool maySend = true) => LoginScene.StartAsync(new("me")
    {
        Keys = key is null ? [] : [key],
        GetPassword = _ => ValueTask.FromResult<ReadOnlyMemory<byte>?>(maySend ? Encoding.UTF8.GetBytes(Secret) : default(ReadOnlyMemory<byte>)),
    });

    private static Task AskAsync(LoginScene scene, params (string Prompt, bool Echo)[] questions) => scene.Server.SendAsync(Wire.Message(
        MessageNumber.UserAuthMethod, ["", "", "", (uint)questions.Length, .. questions.SelectMany(question => new object[] { question.Prompt, question.Echo })]));
}
