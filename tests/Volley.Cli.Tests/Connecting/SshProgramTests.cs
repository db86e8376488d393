using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>The ssh program: messages when it is missing, or another program.</summary>
public sealed class SshProgramTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WithoutOneEachHostSaysSo() => AssertFailed(
        await RunAsync(_folder.Path), "can't start ssh: ssh: No such file or directory; install the OpenSSH client");

    [Fact]
    public async Task OneThatIsNotOpenSshIsNotUsed() => AssertFailed(
        await RunAsync(FakeSsh("echo Other_1.0 >&2")), "'ssh -V' says \"Other_1.0\", which is not OpenSSH; put OpenSSH's ssh first on PATH");

    [Fact]
    public async Task AUserWithoutAnAccountIsToldWhatSshNeeds() => AssertFailed(
        await RunAsync(FakeSsh("echo No user exists for uid 54321 >&2; exit 255")),
        "ssh: No user exists for uid 54321; add an account with that id to /etc/passwd, or use --transport native with -l USER");

    [Theory]
    [InlineData("openssh")]
    [InlineData("native")]
    public async Task APublicKeyWithoutAnAgentGetsAHintWhereTheLoginFails(string transport)
    {
        var key = _folder.Write("key.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ\n");
        const string Hint = "is a public key, which needs an agent that holds its private key, and SSH_AUTH_SOCK names no agent; start one, or give the private key: -i ";
        foreach (var (user, hint) in new[] { ("no-such-user", $"volley: -i {key} {Hint}{key[..^4]}\n"), (fleet.User, "") })
        {
            var result = await ProgramRun.RunAsync(VolleyRun.Start(
                "--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.2.1", "-l", user, "-i", key, "true").WithVariable("SSH_AUTH_SOCK", null));
            Assert.Equal(hint.Length > 0 ? 255 : 0, result.ExitCode);
            Assert.Contains(hint, result.Stderr, StringComparison.Ordinal);
            Assert.Equal(hint.Length > 0, result.Stderr.Contains("public key, which", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task OneThatHangsIsEndedByAStop()
    {
        var pipe = _folder.MakePipe("asked");
        // What is asked before the run (ssh -G) is answered.
        var folder = FakeSsh($"case $* in *-G*) exit ;; esac; echo $$ >{pipe}; exec sleep 600");
        await using var run = ProgramRun.Start(VolleyRun.Start("--transport", "openssh", "-H", "n[1-2]", "true")
            .WithVariable("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}"));
        var ssh = int.Parse(await ScratchFolder.ReadPipeAsync(pipe), CultureInfo.InvariantCulture);
        run.Signal(15);
        Assert.Equal(143, await run.WaitForExitAsync());
        Assert.EndsWith("canceled: n[1-2]\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.True(await Processes.WaitForEndAsync(ssh, Transcript.DefaultLimit), "the ssh is left");
    }

    private static void AssertFailed(ProgramResult result, string message)
    {
        Assert.Equal((255, ""), (result.ExitCode, result.Stdout));
        foreach (var host in (string[])["n1", "n2"])
            Assert.Contains($"volley: {host}: connect failed: {message}\n", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("volley: 2 of 2 failed\nconnect failed: n[1-2]\n", result.Stderr, StringComparison.Ordinal);
    }

    private static Task<ProgramResult> RunAsync(string path) =>
        ProgramRun.RunAsync(VolleyRun.Start("--transport", "openssh", "-H", "n[1-2]", "true").WithVariable("PATH", path));

    private string FakeSsh(string line)
    {
        var ssh = _folder.Write("ssh", $"#!/bin/sh\n{line}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        return _folder.Path;
    }
}
