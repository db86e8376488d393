using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>Hosts of a real sshd with PAM that ask for a code and a password in one conversation.</summary>
public sealed class TwoFactorTests(TwoFactorTests.Hosts shared) : IClassFixture<TwoFactorTests.Hosts>
{
    private const string Password = "0pen-sesame";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task ThePasswordIsTypedForAllHostsAndACodeForEach(string transport)
    {
        Assert.SkipUnless(shared.Fleet is not null, "only root can start an sshd with a service of PAM");
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "-F", shared.Fleet.SshConfig, "--transport", transport, "--ask", "--parallel", "1", "-N", "--output", "stream", "-H", "127.77.1.[1-3]", "echo in"));
        // A host does not tell which answer was wrong.
        foreach (var code in new[] { "000000", PamFleet.Code })
        {
            await AnswerAsync("127.77.1.1: Verification code: ", code);
            await AnswerAsync("127.77.1.1: Password: ", Password);
        }

        await AnswerAsync("127.77.1.2: Verification code: ", PamFleet.Code);
        await AnswerAsync("127.77.1.3: Verification code: ", PamFleet.Code);
        Assert.Equal(0, await program.WaitForExitAsync(Limit));
        Assert.Equal(3, program.Transcript.Split("in\r\n").Length - 1);
        Assert.Equal(2, program.Transcript.Split("Password: ").Length - 1);
        Assert.DoesNotContain(Password, program.Transcript, StringComparison.Ordinal);

        async Task AnswerAsync(string question, string answer)
        {
            await program.ReadUntilAsync(question, Limit);
            program.Type(answer + "\r");
        }
    }

    /// <summary>The fleet.</summary>
    public sealed class Hosts : PamFleet
    {
        protected override string Arguments => $"{Code} {Password}";
    }
}
