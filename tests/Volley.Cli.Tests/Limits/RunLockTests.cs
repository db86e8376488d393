using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Limits;

/// <summary><c>--lock</c> on the built program: one run at a time, whatever ends it.</summary>
public sealed class RunLockTests : IDisposable
{
    // Locks are not in a directory that a test can choose.
    private readonly string _name = $"test-{Guid.NewGuid():N}";
    private readonly ScratchFolder _folder = new();

    private static string Directory => string.Create(CultureInfo.InvariantCulture, $"/tmp/volley-{UserId()}/locks");

    public void Dispose()
    {
        File.Delete(Path.Combine(Directory, _name));
        _folder.Dispose();
    }

    [Fact]
    public async Task AnotherRunWaitsAndNamesTheHolder()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var first = await HoldAsync(pipe);
        await using var second = ProgramRun.Start(VolleyRun.Exec("a", "echo second", "--lock", _name));
        await second.ReadErrUntilAsync("\n");
        Assert.Matches(
            $@"^volley: waiting for the lock '{_name}', held by process {first.ProcessId} since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d: run sh -c echo held; cat {pipe}\n$",
            second.Stderr.Text);
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo first >{pipe}"));
        Assert.Equal(0, await first.WaitForExitAsync());
        Assert.Equal(0, await second.WaitForExitAsync());
        Assert.Equal("a: second\n", second.Stdout.Text);
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(Directory, _name), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("0", "is held by process ")]
    [InlineData("300ms", "is still held by process ")]
    public async Task AfterTheTimeToWaitARunIsRefused(string wait, string message)
    {
        var pipe = _folder.MakePipe("pipe");
        await using var first = await HoldAsync(pipe);
        var second = await VolleyRun.ExecAsync("a", "echo second", "--lock", _name, "--lock-wait", wait);
        Assert.Equal((1, ""), (second.ExitCode, second.Stdout));
        Assert.Contains($"volley: the lock '{_name}' {message}{first.ProcessId} since ", second.Stderr, StringComparison.Ordinal);
        // Other names, runs without a lock, and what contacts no host are not concerned.
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true", "--lock", _name, "--lock-wait", "0", "--dry-run")).ExitCode);
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true")).ExitCode);
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo first >{pipe}"));
        Assert.Equal(0, await first.WaitForExitAsync());
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true", "--lock", _name, "--lock-wait", "0")).ExitCode);
    }

    [Fact]
    public async Task AKilledHolderFreesTheLock()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var first = await HoldAsync(pipe);
        await using var second = ProgramRun.Start(VolleyRun.Exec("a", "echo second", "--lock", _name));
        await second.ReadErrUntilAsync("\n");
        first.Signal(Signals.Kill);
        Assert.Equal(0, await second.WaitForExitAsync());
        Assert.Equal("a: second\n", second.Stdout.Text);
    }

    [Theory]
    [InlineData(Signals.Interrupt, 130)]
    [InlineData(Signals.Terminate, 143)]
    [InlineData(Signals.HangUp, 129)]
    public async Task ASignalEndsTheWait(int signal, int code)
    {
        var pipe = _folder.MakePipe("pipe");
        await using var first = await HoldAsync(pipe);
        await using var second = ProgramRun.Start(VolleyRun.Exec("a", "echo second", "--lock", _name));
        await second.ReadErrUntilAsync("\n");
        second.Signal(signal);
        Assert.Equal(code, await second.WaitForExitAsync());
        Assert.EndsWith($"volley: stopped while waiting for the lock '{_name}'\n", second.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal("", second.Stdout.Text);
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo first >{pipe}"));
        Assert.Equal(0, await first.WaitForExitAsync());
    }

    [Fact]
    public async Task TheLockIsForCopiesAndPingsToo()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var first = await HoldAsync(pipe);
        string[] options = ["--transport", "exec", "-H", "a", "--lock", _name, "--lock-wait", "0"];
        var source = _folder.Write("source", "text");
        foreach (var arguments in new string[][]
        {
            ["ping", .. options],
            ["push", .. options, source, _folder["copy"]],
            ["sync", .. options, source, _folder["copy"]],
            ["pull", .. options, source, _folder["copies"]],
        })
        {
            Assert.Equal(1, (await VolleyRun.RunAsync(arguments)).ExitCode);
        }

        Assert.False(Path.Exists(_folder["copy"]));
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo first >{pipe}"));
        Assert.Equal(0, await first.WaitForExitAsync());
    }

    [Fact]
    public async Task AFileSetsTheLock()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var first = await HoldAsync(pipe);
        var config = _folder.Write("config.yaml", $"defaults:\n  lock: {_name}\n  lock-wait: 0\n");
        var second = await VolleyRun.ExecAsync("a", "echo second", "--config", config);
        Assert.Equal(1, second.ExitCode);
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "echo second", "--config", config, "--no-lock")).ExitCode);
        await ProgramRun.RunAsync(ProgramStart.Shell($"echo first >{pipe}"));
        Assert.Equal(0, await first.WaitForExitAsync());
    }

    private static string UserId() => File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2];

    /// <summary>Starts a run that holds the lock until something is written to a pipe.</summary>
    private async Task<ProgramRun> HoldAsync(string pipe)
    {
        var run = ProgramRun.Start(VolleyRun.Exec("a", $"echo held; cat {pipe}", "--lock", _name));
        await run.ReadOutUntilAsync("held\n");
        return run;
    }
}
