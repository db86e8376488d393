using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Variables;

/// <summary>Variables for users with every login shell, at a server that accepts no variable of the client.</summary>
public sealed class LoginShellTests : IAsyncLifetime
{
    // No shell may replace itself by the last command, because the test asks which program it is.
    private const string Ask = "sh -c 'printf \"<%s>\" \"$A\" \"$VOLLEY_RANK\" \"$VOLLEY_HOST\"; readlink /proc/$PPID/exe; pwd; tr \"\\0\" \" \" </proc/$PPID/cmdline'; cat; true";

    private readonly ScratchFolder _folder = new();
    private Fleet? _fleet;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a user another login shell");
        _fleet = await Fleet.StartAsync("AcceptEnv=LANG");
    }

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
            await _fleet.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task TheyArriveInEveryLoginShellWhichRunsTheCommand()
    {
        File.CreateSymbolicLink(_folder["ash"], await FindAsync("busybox"));
        foreach (var shell in new[] { "/bin/sh", "bash", "zsh", "tcsh", "fish", "dash", _folder["ash"] })
        {
            var path = await FindAsync(shell);
            await ChangeShellAsync(path);
            var program = await FindAsync(path, "readlink -f");
            // A csh can't have a line feed on its command line, so the second value is sent on standard input.
            foreach (var (transport, value) in new[] { ("native", "it's \\ !! \"q\" $HOME `id` é ~ *"), ("openssh", "two\nlines \\' !x é") })
            {
                var result = await ProgramRun.RunAsync(VolleyRun.Start(
                    [.. VolleyRun.Over(transport, _fleet!), "-H", "127.0.14.1,127.0.14.2", "-g", "-q", "--workdir", "/usr/lib", "--env", $"A={value}", "--stdin", Ask])
                    .WithInput("the input\n"));
                Assert.Equal("", result.Stderr);
                foreach (var (host, rank) in new[] { ("127.0.14.1", 0), ("127.0.14.2", 1) })
                    Assert.Contains($"<{value}><{rank}><{host}>{program}\n/usr/lib\n", result.Stdout, StringComparison.Ordinal);
                Assert.Equal(2, result.Stdout.Split("the input\n").Length - 1);
            }
        }
    }

    [Fact]
    public async Task ASecretIsOnNoCommandLine()
    {
        foreach (var shell in new[] { "bash", "tcsh" })
        {
            await ChangeShellAsync(await FindAsync(shell));
            var result = await ProgramRun.RunAsync(VolleyRun.Start(
                [.. VolleyRun.Over("native", _fleet!), "-H", "127.0.14.3", "-N", "-q", "--env", "A=hidden-value", "--secret", "A", "--stdin", Ask])
                .WithInput("the input\n"));
            Assert.StartsWith("<hidden-value><0><127.0.14.3>", result.Stdout, StringComparison.Ordinal);
            Assert.EndsWith("the input\n", result.Stdout, StringComparison.Ordinal);
            Assert.Equal(2, result.Stdout.Split("hidden").Length);
            Assert.Equal(0, result.ExitCode);
        }
    }

    [Fact]
    public async Task AVariableThatTheShellKeepsForItselfIsNeverSilentlyAnother()
    {
        await ChangeShellAsync(await FindAsync("zsh"));
        foreach (var variable in new[] { "status", "UID" })
        {
            var result = await VolleyRun.RunAsync([.. VolleyRun.Over("native", _fleet!), "-H", "127.0.14.5", "-N", "--env", $"{variable}=x7", "echo", "ran"]);
            Assert.Equal((126, ""), (result.ExitCode, result.Stdout));
            Assert.Contains("volley: the login shell does not let a command have the variable ", result.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnAccountWithoutAShellFailsWithItsOwnMessage()
    {
        await ChangeShellAsync("/usr/sbin/nologin");
        foreach (string[] options in new[] { [], new[] { "--env", "A=two\nlines" } })
        {
            var result = await VolleyRun.RunAsync([.. VolleyRun.Over("native", _fleet!), "-H", "127.0.14.4", "-N", .. options, "echo", "ran"]);
            Assert.Equal((1, "This account is currently not available.\n"), (result.ExitCode, result.Stdout));
            Assert.Contains("exit 1: 127.0.14.4", result.Stderr, StringComparison.Ordinal);
        }
    }

    private async Task ChangeShellAsync(string path)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart("usermod", "--shell", path, _fleet!.User));
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
    }

    private static async Task<string> FindAsync(string name, string command = "command -v")
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Shell($"{command} {name}"));
        Assert.Equal(0, result.ExitCode);
        return result.Stdout.TrimEnd('\n');
    }
}
