using System.Text.Json.Nodes;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary><c>--report</c> on the built program.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    private string Path => _folder["report.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ItSaysWhatBecameOfTheRun()
    {
        var result = await VolleyRun.ExecAsync("web[1-3]", "echo %h; case %h in web2) exit 3;; esac", "--report", Path, "--any-failure");
        Assert.Equal(3, result.ExitCode);
        var report = await ReadAsync();
        Assert.Equal("3 2 1 any_failure web1", $"{report["exit_code"]} {report["succeeded"]} {report["failed"]} {report["strategy"]} {report["main_rank"]}");
        Assert.Equal(["web1", "web2", "web3"], report["nodes"]!.AsArray().Select(node => (string)node!["node"]!));
        Assert.Equal("""[{"cause":"exit 3","count":1,"nodes":"web2"}]""", report["failures"]!.ToJsonString());
        Assert.Null(report["nodes"]![0]!["stdout_file"]);
        Assert.Equal([Path], Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task ItIsWrittenAfterAStopToo()
    {
        await using var run = ProgramRun.Start(VolleyRun.Exec("a,b", "echo up; exec sleep 600", "--report", Path, "-b", "--parallel", "1"));
        await run.ReadOutUntilAsync("up\n");
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        var report = await ReadAsync();
        Assert.Equal("interrupt", (string)report["stop"]!);
        Assert.Equal(130, (int)report["exit_code"]!);
        Assert.Equal("""{"canceled":1,"not_started":1}""", report["outcomes"]!.ToJsonString());
    }

    [Fact]
    public async Task AnEarlierOneIsReplacedAsAWholeAtTheEnd()
    {
        _folder.Write("real.json", "old");
        File.CreateSymbolicLink(Path, _folder["real.json"]);
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", $"echo up; cat {pipe}", "--report", Path));
        await run.ReadOutUntilAsync("up\n");
        Assert.Equal("old", await File.ReadAllTextAsync(Path));
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(0, await run.WaitForExitAsync());
        await ReadAsync();
        // The link is still one.
        Assert.Equal(_folder["real.json"], new FileInfo(Path).LinkTarget);
        Assert.Equal(["pipe", "real.json", "report.json"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ADeviceOrAPipeIsWrittenToAndNotReplaced()
    {
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true", "--report", "/dev/null")).ExitCode);
        Assert.Equal("character special file", (await ProgramRun.RunAsync(new ProgramStart("stat", "-c", "%F", "/dev/null"))).Stdout.TrimEnd());
        var result = await VolleyRun.ExecAsync("a", "true", "--report", "/dev/stdout");
        await JsonLines.AssertValidAsync(result.Stdout);
        // Where the descriptor is a file, later writers continue behind the report.
        result = await ProgramRun.RunAsync(ProgramStart.Shell(
            $"{{ {BuiltProgram.Path} --transport exec -H a --report /dev/stdout -- echo hi; echo done; }} >{_folder["both"]}; tail -n 2 {_folder["both"]}"));
        Assert.Equal("}\ndone\n", result.Stdout);
        var pipe = _folder.MakePipe("pipe");
        var reading = ScratchFolder.ReadPipeAsync(pipe);
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true", "--report", pipe)).ExitCode);
        await JsonLines.AssertValidAsync(await reading);
    }

    [Fact]
    public async Task APipeThatNobodyReadsHoldsUpNoStop()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", "echo up", "--report", pipe));
        await run.ReadOutUntilAsync("up\n");
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync());
        Assert.Contains($"volley: {pipe}: stopped before the report was written\n", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/folder/report", "No such file or directory")]
    [InlineData("/", "it is a directory; name a file in it")]
    [InlineData("/proc/report", null)]
    public async Task APathThatCantBeWrittenIsRefusedBeforeAnythingRuns(string path, string? message)
    {
        var result = await VolleyRun.ExecAsync("a", $"touch {_folder["ran"]}", "--report", path);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"volley: --report {path}: {message}", result.Stderr, StringComparison.Ordinal);
        Assert.Single(VolleyRun.Lines(result.Stderr));
        Assert.False(File.Exists(_folder["ran"]));
    }

    [Fact]
    public async Task OneThatCantBeWrittenAfterAllTurnsTheCodeToOne()
    {
        var folder = Directory.CreateDirectory(_folder["gone"]).FullName;
        var result = await VolleyRun.ExecAsync("a", $"rmdir {folder}", "--report", $"{folder}/report");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"volley: {folder}/report: No such file or directory\n", result.Stderr);
    }

    [Theory]
    [InlineData("link")]
    [InlineData("pipe")]
    public async Task WhatAnotherUserMadeThereIsNotFollowed(string kind)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give a file away");
        var kept = _folder.Write("kept", "old");
        if (kind == "link")
            File.CreateSymbolicLink(Path, kept);
        else
            _folder.MakePipe("report.json");
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("chown", "-h", "65534", Path))).ExitCode);
        var result = await VolleyRun.ExecAsync("a", $"touch {_folder["ran"]}", "--report", Path);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"volley: --report {Path}: it belongs to another user and is not a regular file; choose another file\n", result.Stderr);
        Assert.Equal("old", await File.ReadAllTextAsync(kept));
        Assert.False(File.Exists(_folder["ran"]));
    }

    private async Task<JsonObject> ReadAsync()
    {
        var text = await File.ReadAllTextAsync(Path);
        await JsonLines.AssertValidAsync(text);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        return JsonNode.Parse(text)!.AsObject();
    }
}
