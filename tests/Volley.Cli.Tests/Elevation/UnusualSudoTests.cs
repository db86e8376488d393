using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Elevation;

/// <summary>Programs that act as sudo does in other places: other makers, other languages, other questions.</summary>
public sealed class UnusualSudoTests : IAsyncLifetime
{
    private const string Password = "pa55 phrase";
    private const string Refuses = "[ \"$1\" != -n ] || { echo 'sudo: MESSAGE' >&2; exit 1; }";

    private static readonly string NeedsPassword = Refuses.Replace("MESSAGE", "a password is required", StringComparison.Ordinal);

    /// <summary>Reads the password and runs the command.</summary>
    private const string Runs = $"IFS= read -r p; [ \"$p\" = '{Password}' ] || exit 1; while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"";

    private readonly DirectoryInfo _programs = Directory.CreateTempSubdirectory("volley-sudo-");
    private readonly ScratchFolder _folder = new();
    private Fleet _fleet = null!;

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(_programs.FullName, (UnixFileMode)0b111_101_101);
        _fleet = await Fleet.StartAsync($"SetEnv=PATH={_programs.FullName}:/usr/bin:/bin");
    }

    public async ValueTask DisposeAsync()
    {
        await _fleet.DisposeAsync();
        _programs.Delete(recursive: true);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("interactive authentication is required", "[sudo: %s] Password: ")]
    [InlineData("ein Passwort ist notwendig", "We trust you have received the usual lecture.\\n\\n%s")]
    public async Task AnotherMakerAndAnotherLanguageAreUnderstood(string message, string prompt)
    {
        var run = await RunAsync(
            $"{Refuses.Replace("MESSAGE", message, StringComparison.Ordinal)}\nprintf '{prompt}' \"$3\" >&2\n{Runs}", "--stdin", "cat; echo err >&2");
        Assert.Equal((0, "input\n", "err\n"), (run.ExitCode, run.Stdout, run.Stderr));
    }

    [Fact]
    public async Task AnotherQuestionIsACauseOfItsOwn()
    {
        var run = await RunAsync(
            $"{NeedsPassword}\nprintf 'Verification code: ' >&2\nIFS= read -r x || x=closed; echo \"$x\" >&2; exit 1", "id");
        Assert.Equal(255, run.ExitCode);
        Assert.Contains("sudo asks for something other than the password: Verification code: closed\n", run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APasswordThatIsPrintedIsNotShown()
    {
        var run = await RunAsync(
            $"{NeedsPassword}\nprintf '%s' \"$3\" >&2\nIFS= read -r x; echo \"you typed $x\" >&2; exit 1", "id");
        Assert.Equal(255, run.ExitCode);
        Assert.Contains("you typed", run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, run.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMissingSudoIsNamed()
    {
        var run = await RunAsync("exit 127", "id");
        Assert.Contains("sudo: not installed: 127.0.111.1\n", run.Stderr + "\n", StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(string sudo, params IReadOnlyList<string> arguments)
    {
        var path = Path.Combine(_programs.FullName, "sudo");
        File.WriteAllText(path, $"#!/bin/sh\n{sudo}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        var password = _folder.Write("password", Password + "\n");
        File.SetUnixFileMode(password, UnixFileMode.UserRead);
        return ProgramRun.RunAsync(
            VolleyRun.Start(["-F", _fleet.SshConfig, "-H", "127.0.111.1", "--sudo", "--sudo-password-file", password, "-N", .. arguments]).WithInput("input\n"),
            TimeSpan.FromSeconds(60));
    }
}
