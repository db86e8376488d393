using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>Passwords that hosts ask for during a run (--ask), and those of a file or a program; unknown host keys.</summary>
public sealed class AskedPasswordTests(PasswordFleet shared) : PasswordScene(shared)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task EqualQuestionsAreAskedOnce(string transport)
    {
        await using var program = Start("127.0.14.[1-5]", "--ask", "--transport", transport, "echo in");
        await program.ReadUntilAsync("Password: ", Limit);
        program.Type(PasswordFleet.Password + "\r");
        Assert.Equal(0, await program.WaitForExitAsync(Limit));
        Assert.Equal(1, Count(program.Transcript, "Password: "));
        Assert.Equal(5, Count(program.Transcript, "in\r\n"));
        Assert.DoesNotContain(PasswordFleet.Password, program.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AMistypedPasswordIsTriedAtOneHostOnly(string transport)
    {
        await using var program = Start("127.0.14.[11-15]", "--ask", "--transport", transport, "echo in");
        await program.ReadUntilAsync("Password: ", Limit);
        program.Type("mistyped\r");
        await program.ReadUntilAsync(" has refused the last answer", Limit);
        await program.ReadUntilAsync("Password: ", Limit);
        program.Type(PasswordFleet.Password + "\r");
        Assert.NotEqual(0, await program.WaitForExitAsync(Limit) + Count(program.Transcript, "authentication failed"));
        Assert.Equal(4, Count(program.Transcript, "in\r\n"));
        Assert.Single(ServerLog, line => line.Contains("Failed password for ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APrivateFileHasIt()
    {
        var file = _folder.Write("secret", PasswordFleet.Password + "\nanother line\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var right = await RunAsync("127.0.14.[21-22]", "--password-file", file, "echo in");
        Assert.Equal((0, "in\nin\n"), (right.ExitCode, right.Stdout));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var open = await RunAsync("127.0.14.21", "--password-file", file, "echo in");
        Assert.Equal((2, "", $"volley: --password-file {file}: others may read it; run: chmod 600 {file}\n"), (open.ExitCode, open.Stdout, open.Stderr));
    }

    [Fact]
    public async Task AProgramPrintsIt()
    {
        var file = _folder.Write("secret", PasswordFleet.Password + "\n");
        var right = await RunAsync("127.0.14.[23-24]", "--password-command", $"cat {file}", "echo in");
        Assert.Equal((0, "in\nin\n"), (right.ExitCode, right.Stdout));
        var failed = await RunAsync("127.0.14.23", "--password-command", "cat /nonexistent", "true");
        Assert.Equal((2, "", "volley: --password-command: cat exited with code 1, 0 was expected\n"), (failed.ExitCode, failed.Stdout, failed.Stderr));
        var silent = await RunAsync("127.0.14.23", "--password-command", "true", "true");
        Assert.Equal((2, "", "volley: --password-command: true printed no password in its first line\n"), (silent.ExitCode, silent.Stdout, silent.Stderr));
    }

    [Fact]
    public async Task OnlyOnePasswordCounts()
    {
        var result = await RunAsync("a", "--password-command", "true", "--password-file", "/dev/null", "true");
        Assert.Equal(
            (2, "", "volley: --password-command and --password-file are mutually exclusive: both state the password\n"),
            (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AnUnknownHostKeyIsAskedAboutWhereTheConfigurationSaysSo(string transport)
    {
        var known = _folder.Write("known", "");
        var config = new FleetConfig(_fleet) { KnownHosts = known, Lines = ["StrictHostKeyChecking ask"] }.Write();
        string[] words = ["-F", config, "--ask", "--transport", transport, "--parallel", "1", "-N", "--output", "stream", "-H", "127.0.14.31", "echo in"];
        await using (var refusing = PtyProgram.Start(_runs.Start(words)))
        {
            await refusing.ReadUntilAsync("127.0.14.31: ", Limit);
            await refusing.ReadUntilAsync("SHA256:", Limit);
            await refusing.ReadUntilAsync("? ", Limit);
            refusing.Type("no\r");
            Assert.Equal(255, await refusing.WaitForExitAsync(Limit));
        }

        Assert.Equal("", File.ReadAllText(known));
        await using (var accepting = PtyProgram.Start(_runs.Start(words)))
        {
            await accepting.ReadUntilAsync("SHA256:", Limit);
            await accepting.ReadUntilAsync("? ", Limit);
            accepting.Type("yes\r");
            Assert.Equal(0, await accepting.WaitForExitAsync(Limit));
        }

        Assert.Contains($"[127.0.14.31]:{_fleet.Port} ", File.ReadAllText(known), StringComparison.Ordinal);
        var again = await _runs.RunAsync(words);
        Assert.Equal((0, "in\n"), (again.ExitCode, again.Stdout));
    }

    private PtyProgram Start(string hosts, params string[] words) => PtyProgram.Start(_runs.Start(Words(hosts, words)));

    private Task<ProgramResult> RunAsync(string hosts, params string[] words) => _runs.RunAsync(Words(hosts, words));

    private string[] Words(string hosts, string[] words) =>
        ["-F", new FleetConfig(_fleet) { Identity = null }.Write(), "-N", "--output", "stream", "-H", hosts, .. words];

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
