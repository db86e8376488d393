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

    [Fact]
    public async Task ASlowHostFailsAndTheNextOnesTryThePassword()
    {
        var state = Directory.CreateDirectory(Path.Combine(_programs.FullName, "state"), (UnixFileMode)0b111_111_111).FullName;
        File.SetUnixFileMode(state, (UnixFileMode)0b111_111_111);
        // The first host gets the password before any other asks, and accepts it only when its connection has gone.
        var run = await RunAtAsync(
            $"""
            case $SSH_CONNECTION in *' 127.0.111.1 '*)
            {NeedsPassword}
            printf %s "$3" >&2; IFS= read -r p; echo >>{state}/asked
            while [ ! -e {state}/late ]; do sleep 0.1; done
            while [ "$1" != -- ]; do shift; done; shift; "$@"; echo "ended $?" >{state}/ended; exit;;
            esac
            [ "$1" != -n ] || while [ ! -e {state}/asked ]; do sleep 0.1; done
            {NeedsPassword}
            printf %s "$3" >&2
            {Runs}
            """,
            "127.0.111.[1-4]", "--sudo-timeout", "5s", $"touch {state}/ran-$VOLLEY_RANK");
        Assert.Equal(255, run.ExitCode);
        Assert.Contains("sudo: no answer: 127.0.111.1\n", run.Stderr, StringComparison.Ordinal);
        Assert.Contains(
            "sudo has neither accepted nor refused the password within 5 s; --sudo-timeout sets the limit", run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("may still run", run.Stderr, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(state, "late"), "");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!File.Exists(Path.Combine(state, "ended")) || new FileInfo(Path.Combine(state, "ended")).Length == 0)
            await Task.Delay(10, limit.Token);
        // The command does not begin at the host that was reported as failed.
        Assert.NotEqual("ended 0\n", File.ReadAllText(Path.Combine(state, "ended")));
        Assert.Equal(["ran-1", "ran-2", "ran-3"], Directory.EnumerateFiles(state, "ran-*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task AFailureAfterAnAcceptedPasswordHoldsNoOtherHostBack()
    {
        // As with "Defaults noexec" at one host: sudo starts the shell, which can start nothing.
        var run = await RunAtAsync(
            $"""
            [ "$1" != -n ] || case $SSH_CONNECTION in *' 127.0.111.1 '*) ;; *) sleep 1;; esac
            {NeedsPassword}
            printf %s "$3" >&2
            case $SSH_CONNECTION in *' 127.0.111.1 '*) IFS= read -r p; echo 'sh: 1: exec: sh: Permission denied' >&2; exit 126;; esac
            {Runs}
            """,
            "127.0.111.[1-3]", "--any-failure", "echo ran");
        Assert.Equal(["127.0.111.2: ran", "127.0.111.3: ran"], VolleyRun.Lines(run.Stdout).Order());
        Assert.Contains("127.0.111.1: elevation failed: sh: 1: exec: sh: Permission denied", run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("not tried", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APasswordWithoutAnAnswerGoesToThreeHosts()
    {
        var asked = Directory.CreateDirectory(Path.Combine(_programs.FullName, "asked"), (UnixFileMode)0b111_111_111).FullName;
        File.SetUnixFileMode(asked, (UnixFileMode)0b111_111_111);
        var run = await RunAtAsync(
            $"{NeedsPassword}\nprintf %s \"$3\" >&2; IFS= read -r p && touch {asked}/$$; cat >/dev/null; exit 1",
            "127.0.111.[1-6]", "--sudo-timeout", "1s", "echo ran");
        Assert.Equal(255, run.ExitCode);
        Assert.Equal(3, Directory.GetFiles(asked).Length);
        Assert.Contains("no host has answered the password for sudo yet", run.Stderr, StringComparison.Ordinal);
        Assert.Contains("sudo: password not tried", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConnectionThatIsLostAfterThePasswordLeavesNoCommand()
    {
        var run = await RunAtAsync(
            $"{NeedsPassword}\nprintf %s \"$3\" >&2; IFS= read -r p; kill -9 $PPID; sleep 60",
            "127.0.111.1", "echo ran");
        Assert.Equal(255, run.ExitCode);
        Assert.Contains("connection lost", run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("may still run", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EachHostHasItsOwnAnswer()
    {
        var run = await RunAtAsync(
            $$"""
            run() { while [ "$1" != -- ]; do shift; done; shift; exec "$@"; }
            case $SSH_CONNECTION in
            *' 127.0.111.1 '*) [ "$1" != -n ] || { echo 'sudo: a password is required' >&2; exit 1; }; printf %s "$3" >&2; {{Runs}};;
            *' 127.0.111.2 '*) run "$@";;
            *' 127.0.111.3 '*) echo 'sudo: unable to resolve host h3: Name or service not known' >&2; echo 'u is not allowed to execute that' >&2; exit 1;;
            *' 127.0.111.4 '*) echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1;;
            *' 127.0.111.5 '*) [ "$1" != -n ] || { echo 'sudo: interactive authentication is required' >&2; exit 1; }
            printf '[sudo: %s] Password: ' "$3" >&2; {{Runs}};;
            *' 127.0.111.6 '*) [ "$1" != -n ] || { echo 'sudo: a password is required' >&2; exit 1; }; printf %s "$3" >&2; IFS= read -r p
            echo 'sudo: Account or password is expired, reset your password and try again' >&2; printf 'Current password: ' >&2; IFS= read -r p; exit 1;;
            *' 127.0.111.7 '*) [ "$1" != -n ] || { echo 'sudo: a password is required' >&2; exit 1; }; printf %s "$3" >&2; IFS= read -r p
            echo 'sudo: account validation failure, is your account locked?' >&2; echo 'sudo: a password is required' >&2; exit 1;;
            esac
            """,
            "127.0.111.[1-7]", "--any-failure", "echo ran");
        Assert.Equal(["127.0.111.1: ran", "127.0.111.2: ran", "127.0.111.5: ran"], VolleyRun.Lines(run.Stdout).Order());
        foreach (var line in new[]
        {
            "sudo: not permitted: 127.0.111.3", "sudo: terminal required: 127.0.111.4", "sudo: password expired: 127.0.111.6", "sudo: account expired: 127.0.111.7",
            "127.0.111.3: elevation failed: u is not allowed to execute that; sudo printed: sudo: unable to resolve host h3: Name or service not known",
        })
            Assert.Contains(line, run.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong password", run.Stderr, StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(string sudo, params IReadOnlyList<string> arguments) => RunAtAsync(sudo, "127.0.111.1", ["-N", .. arguments]);

    private Task<ProgramResult> RunAtAsync(string sudo, string hosts, params IReadOnlyList<string> arguments)
    {
        var path = Path.Combine(_programs.FullName, "sudo");
        File.WriteAllText(path, $"#!/bin/sh\n{sudo}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        var password = _folder.Write("password", Password + "\n");
        File.SetUnixFileMode(password, UnixFileMode.UserRead);
        return ProgramRun.RunAsync(
            VolleyRun.Start(["-F", _fleet.SshConfig, "-H", hosts, "--sudo", "--sudo-password-file", password, .. arguments]).WithInput("input\n"),
            TimeSpan.FromSeconds(60));
    }
}
