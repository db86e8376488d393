using System.Text;
using Volley.Ssh.Messages;
using Xunit;

namespace Volley.Ssh.Tests;

/// <summary>Passwords, and questions that one answers.</summary>
public sealed class PasswordLoginTests
{
    private const string Secret = "s3cret päss";

    [Fact]
    public async Task AfterTheKeysComeTheQuestionAndThePassword()
    {
        var key = TransportKey.Create("ssh-ed25519");
        await using var scene = await LoginScene.StartAsync(new("me") { Keys = [key], Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("password,publickey,keyboard-interactive");
        await scene.RefuseAsync("password,publickey,keyboard-interactive", key);
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "keyboard-interactive", "", ""), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, "Password: ", false));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthInfoResponse, 1u, Secret), await scene.Server.ReadAsync());
        // PAM ends with a question of nothing.
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 0u));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthInfoResponse, 0u), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "password,publickey,keyboard-interactive", false));
        Assert.Equal(Wire.Message(MessageNumber.UserAuthRequest, "me", "ssh-connection", "password", false, Secret), await scene.Server.ReadAsync());
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthFailure, "password,publickey,keyboard-interactive", false));
        var refusal = await scene.RefusalAsync();
        Assert.Equal(SshFailure.AuthenticationFailed, refusal.Failure);
        Assert.DoesNotContain(Secret, refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Verification code: ", true)]
    [InlineData("Your name", true)]
    public async Task AQuestionThatThePasswordDoesNotAnswerIsNotAnswered(string question, bool echo)
    {
        await using var scene = await LoginScene.StartAsync(new("me") { Password = Encoding.UTF8.GetBytes(Secret) });
        await scene.RefuseAsync("keyboard-interactive");
        await scene.Server.ExpectAsync(MessageNumber.UserAuthRequest);
        await scene.Server.SendAsync(Wire.Message(MessageNumber.UserAuthMethod, "", "", "", 1u, question, echo));
        Assert.Contains($"nobody can answer \"{question.Trim()}\"", (await scene.RefusalAsync()).Message, StringComparison.Ordinal);
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
}
