using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>
/// Files and sockets of the user that never answer, as on a network file system that hangs: a named pipe blocks a process that opens
/// it. They hold up only the hosts that need them, no longer than the limit for connecting, and every signal is heard.
/// </summary>
public sealed class BlockedFilesTests(Fleet fleet)
{
    private const string Good = "127.0.88.9";

    [Theory]
    [InlineData("native")]
    [InlineData("auto")]
    public async Task AHostWhoseFilesBlockMeetsTheLimitAndOthersGoOn(string transport)
    {
        using var folder = new ScratchFolder();
        using var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        agent.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder.Path, "agent")));
        agent.Listen();
        var pipe = Path.Combine(folder.Path, "pipe");
        StopCalls.MakePipe(pipe);
        var config = new FleetConfig(fleet)
        {
            Lines =
            [
                $"Host {Good}", $"IdentityFile {fleet.KeyPath}",
                "Host 127.0.88.1", $"UserKnownHostsFile {pipe}",
                "Host 127.0.88.2", $"GlobalKnownHostsFile {pipe}",
                "Host 127.0.88.3", $"RevokedHostKeys {pipe}",
                "Host 127.0.88.4", $"IdentityFile {pipe}",
                "Host 127.0.88.5", $"CertificateFile {pipe}",
                "Host 127.0.88.6", $"IdentityAgent {folder.Path}/agent",
                "Host *",
            ],
        };
        var run = await ProgramRun.RunAsync(
            ["-H", $"127.0.88.[1-6],{Good}", "--transport", transport, "-F", config.Write(), "--connect-timeout", "5", "--output", "stream", "echo in"],
            limit: TimeSpan.FromSeconds(60));
        Assert.Equal($"{Good}: in\n", run.Stdout);
        foreach (var (host, what) in (ReadOnlySpan<(int, string)>)
            [
                (1, $": reading {pipe}, /dev/null takes too long"),
                (2, $": reading {fleet.KnownHosts}, {pipe} takes too long"),
                (3, ": looking at the files that ssh_config names takes too long"),
                (4, $": reading {pipe}, {fleet.KeyPath} takes too long"),
                (5, $": reading {fleet.KeyPath}, {pipe} takes too long"),
                (6, ""),
            ])
        {
            Assert.Contains($"volley: 127.0.88.{host}: connect timed out: not connected after 5 s{what}\n", run.Stderr, StringComparison.Ordinal);
        }

        Assert.Equal(255, run.ExitCode);
    }

    [Theory]
    [InlineData("UserKnownHostsFile", "native")]
    [InlineData("RevokedHostKeys", "auto")]
    public async Task ARunThatWaitsForAFileIsStopped(string directive, string transport)
    {
        using var folder = new ScratchFolder();
        var pipe = Path.Combine(folder.Path, "pipe");
        StopCalls.MakePipe(pipe);
        var config = new FleetConfig(fleet) { Lines = [$"{directive} {pipe}", "BatchMode yes"] };
        foreach (var signal in (int[])[Signals.Terminate, Signals.Interrupt])
        {
            // Where the file blocks before the run, a signal has its usual effect: the exit code is the same.
            await using var run = ProgramRun.Start(ProgramStart.Volley(
                ["-H", "127.0.88.[11-13]", "-b", "--transport", transport, "-F", config.Write(), "--connect-timeout", "1", "--retries", "1000", "-v", "true"]));
            await run.ReadErrUntilAsync("takes too long");
            run.Signal(signal);
            Assert.Equal(128 + signal, await run.WaitForExitAsync());
        }
    }

    [Theory]
    [InlineData("-F", "{include}", "-H", "127.0.88.21", "true")]
    [InlineData("-i", "{pipe}", "-H", "127.0.88.21", "true")]
    [InlineData("-H", "^{pipe}", "true")]
    [InlineData("--script", "{pipe}", "-H", "127.0.88.21")]
    public async Task AFileThatBlocksBeforeTheRunLeavesSignalsTheirEffect(params string[] arguments)
    {
        using var folder = new ScratchFolder();
        string pipe = Path.Combine(folder.Path, "pipe"), include = Path.Combine(folder.Path, "include");
        StopCalls.MakePipe(pipe);
        // A configuration that others can write would be refused as soon as it is open.
        File.SetUnixFileMode(pipe, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(include, $"Include {pipe}\n", TestContext.Current.CancellationToken);
        await using var run = ProgramRun.Start(ProgramStart.Volley(
            [.. arguments.Select(argument => argument.Replace("{pipe}", pipe, StringComparison.Ordinal).Replace("{include}", include, StringComparison.Ordinal))]));
        // It opens once the program does.
        using var writer = await Task.Factory.StartNew(
            () => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Transcript.DefaultLimit);
        run.Signal(Signals.Interrupt);
        Assert.Equal((130, ""), (await run.WaitForExitAsync(), run.Stderr.Text));
    }
}
