using Volley.Transports.OpenSsh.Prompts;
using Volley.Transports;
using Xunit;

namespace Volley.Tests.Transports;

public class AskpassTests
{
    [Theory]
    [InlineData("root@web1's password: ", "root@web1")]
    [InlineData("o'neil@web1's password: ", "o'neil@web1")]
    [InlineData("(root@web1) Password: ", "root@web1")]
    [InlineData("(root@web1) password:", "root@web1")]
    [InlineData("(root@web1) Password for root@web1:", "root@web1")]
    public void ALoginsPasswordIsRecognised(string prompt, string login) => Assert.Equal(login, AskpassPrompt.ParseLogin(prompt));

    [Theory]
    [InlineData("Enter passphrase for key '/home/u/.ssh/id_ed25519': ")]
    [InlineData("Enter passphrase for key '/k/root@web1's password: ': ")]
    [InlineData("Enter PIN for ED25519-SK key /home/u/.ssh/id: ")]
    [InlineData("Enter root@web1's old password: ")]
    [InlineData("Enter root@web1's new password: ")]
    [InlineData("Retype root@web1's new password: ")]
    [InlineData("(root@web1) Verification code: ")]
    [InlineData("(root@web1) One-time password (OATH) for root: ")]
    [InlineData("(root@web1) New password: ")]
    [InlineData("(root@web1) Current password: ")]
    [InlineData("The authenticity of host 'web1' can't be established.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ")]
    [InlineData("root@web1's password: \nmore")]
    [InlineData("(root@web1) Password: \nVerification code: ")]
    [InlineData("(root@web1) x) Password: ")]
    [InlineData("Password: ")]
    [InlineData("")]
    public void NothingElseIs(string prompt) => Assert.Null(AskpassPrompt.ParseLogin(prompt));

    [Theory]
    [InlineData("Enter root@web1's old password: ", true)]
    [InlineData("Retype root@web1's new password: ", true)]
    [InlineData("root@web1's password: ", false)]
    [InlineData("Enter passphrase for key '/k': ", false)]
    public void AChangeOfThePasswordIsRecognised(string prompt, bool isChange) => Assert.Equal(isChange, AskpassPrompt.AsksForChange(prompt));

    [Fact]
    public async Task ALoginGetsItOnceAndAgainOnlyOnceItWasAccepted()
    {
        using var password = new SshPassword("secret"u8);
        using var first = new PasswordAttempt(password.UseAt("me@web1:22"));
        using var second = new PasswordAttempt(password.UseAt("me@web1:22"));
        using var third = new PasswordAttempt(password.UseAt("me@web1:22"));
        using var elsewhere = new PasswordAttempt(password.UseAt("me@web1:2222"));
        var cancellation = TestContext.Current.CancellationToken;
        Assert.True(await first.MaySendAsync(cancellation));
        // What comes of the first holds for the others.
        var waiting = second.MaySendAsync(cancellation).AsTask();
        Assert.False(waiting.IsCompleted);
        Assert.True(await elsewhere.MaySendAsync(cancellation));
        first.Accept();
        first.Dispose();
        Assert.True(await waiting);
        second.Dispose();
        Assert.True(third.IsRefused);
        Assert.False(await third.MaySendAsync(cancellation));
        Assert.False(elsewhere.IsRefused);
    }

    [Fact]
    public async Task AnAttemptThatEndsWhileItWaitsLeavesTheTurnToTheNext()
    {
        using var password = new SshPassword("secret"u8);
        var use = password.UseAt("me@web1:22");
        using PasswordAttempt first = new(use), late = new(use), next = new(use);
        Assert.True(await first.MaySendAsync(TestContext.Current.CancellationToken));
        var waiting = late.MaySendAsync(TestContext.Current.CancellationToken).AsTask();
        late.Dispose();
        first.Accept();
        first.Dispose();
        Assert.False(await waiting);
        Assert.True(await next.MaySendAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void APasswordIsClearedAtItsEnd()
    {
        var password = new SshPassword("secret"u8);
        var bytes = password.Bytes;
        password.Dispose();
        Assert.All(bytes.ToArray(), value => Assert.Equal(0, value));
        Assert.Throws<ObjectDisposedException>(() => password.Bytes);
        Assert.DoesNotContain("secret", new SshOptions { Password = new SshPassword("secret"u8) }.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SshPassword([]));
    }
}
