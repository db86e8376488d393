using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>An expired password, which PAM has changed during the login.</summary>
public sealed class ExpiredPasswordTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task ANewOneIsAskedForTwiceAndTheOldOneOnce()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can let a password expire");
        var service = $"volley{Guid.NewGuid():n}"[..16];
        var password = "0ld-s3cret!";
        File.WriteAllText(
            $"/etc/pam.d/{service}", "auth required pam_unix.so\naccount required pam_unix.so\npassword required pam_unix.so\nsession required pam_permit.so\n");
        try
        {
            await using var fleet = await Fleet.StartWithPamAsync(service);
            await using var runs = new KeptRuns(fleet);
            await RunAsync("/bin/sh", "-c", $"echo '{fleet.User}:{password}' | /usr/sbin/chpasswd");
            foreach (var (transport, changed) in new[] { ("native", "n3w-Passphrase-one"), ("openssh", "0ther-Thing-tw0") })
            {
                await RunAsync("chage", "-d", "0", fleet.User);
                await using var program = PtyProgram.Start(runs.Start(
                    "-F", new FleetConfig(fleet) { Identity = null }.Write(), "--ask", "--transport", transport, "-H", "127.0.15.1", "-N", "echo in"));
                await program.ReadUntilAsync("127.0.15.1: Password: ", Limit);
                program.Type(password + "\r");
                await program.ReadUntilAsync("127.0.15.1: New password: ", Limit);
                program.Type(changed + "\r");
                await program.ReadUntilAsync("127.0.15.1: Retype new password: ", Limit);
                program.Type(changed + "\r");
                Assert.Equal(0, await program.WaitForExitAsync(Limit));
                Assert.Contains("in\r\n", program.Transcript, StringComparison.Ordinal);
                password = changed;
            }
        }
        finally
        {
            File.Delete($"/etc/pam.d/{service}");
        }
    }

    private static async Task RunAsync(params string[] words)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart(words[0], words[1..]));
        Assert.True(result.ExitCode == 0, result.ToString());
    }
}
