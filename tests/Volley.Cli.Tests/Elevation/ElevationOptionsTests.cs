using Xunit;

namespace Volley.Cli.Tests.Elevation;

/// <summary>The options for other users, without hosts.</summary>
public sealed class ElevationOptionsTests
{
    [Theory]
    [InlineData("--sudo and", "--sudo", "--su", "-H", "h", "id")]
    [InlineData("--doas runs the command on a terminal", "--doas", "--stdin", "-H", "h", "cat")]
    [InlineData("--sudo-password-file requires --sudo, --doas or --su", "--sudo-password-file", "/etc/hostname", "-H", "h", "id")]
    [InlineData("mutually exclusive", "--sudo", "--sudo-password-file", "a", "--sudo-password-command", "b", "-H", "h", "id")]
    [InlineData("--sudo takes the name of a user, not '-x'", "--sudo=-x", "-H", "h", "id")]
    [InlineData("the value of --sudo is empty", "--sudo=", "-H", "h", "id")]
    [InlineData("ping takes no --sudo", "ping", "--sudo", "-H", "h")]
    [InlineData("push takes no --su: it needs a terminal", "push", "--su", "-H", "h", "a", "b")]
    [InlineData("--doas has no effect with --transport exec", "--transport", "exec", "--doas", "-H", "h", "id")]
    [InlineData("keys push takes no --sudo: it edits the keys of the user who logs in", "keys", "push", "--sudo", "-H", "h", "key.pub")]
    [InlineData("wait-for takes --sudo only with a command", "wait-for", "--sudo", "-H", "h")]
    [InlineData("wait-for takes --tty only with a command", "wait-for", "--tty", "-H", "h")]
    [InlineData("--sudo-timeout requires --sudo, --doas or --su", "--sudo-timeout", "5", "-H", "h", "id")]
    [InlineData("--sudo-timeout takes a time above 0", "--sudo", "--sudo-timeout", "0", "-H", "h", "id")]
    [InlineData("nosuchfile", "--sudo", "--sudo-password-file", "/nosuchfile", "-H", "h", "id")]
    public async Task WhatHasNoMeaningIsRefused(string message, params string[] arguments)
    {
        var run = await VolleyRun.RunAsync(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Stdout));
        Assert.Contains(message.Replace("--sudo and", "--sudo, --doas and --su are", StringComparison.Ordinal), run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADryRunNamesTheUser()
    {
        var run = await VolleyRun.RunAsync("--transport", "exec", "--sudo=nobody", "-H", "a,b", "--dry-run", "id");
        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
        Assert.StartsWith("2 hosts: a,b\ncommand: id\nas: nobody, by sudo\n", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALocalProcessRunsAsAnotherUser()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root needs no password");
        var run = await VolleyRun.RunAsync("--transport", "exec", "--sudo=nobody", "-H", "a,b", "-q", "--env", "X=a b", "sh", "-c", "echo %h $(id -un) \"$X\"");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["a: a nobody a b", "b: b nobody a b"], VolleyRun.Lines(run.Stdout).Order());
    }
}
