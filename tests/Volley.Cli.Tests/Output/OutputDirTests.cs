using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary><c>--output-dir</c> on the built program.</summary>
public sealed class OutputDirTests : IDisposable
{
    public static readonly TheoryData<string> Modes = ["stream", "normal", "json"];

    private readonly ScratchFolder _folder = new();

    private string Out => _folder["out"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task EveryStreamIsAFileBesideAnyOutput(string mode)
    {
        const string Line = "printf 'out %h'; case %h in b) printf 'e\\n\\377' >&2; exit 3;; esac";
        var plain = await VolleyRun.ExecAsync("a,b,c", Line, "--output", mode, "--parallel", "1");
        var result = await VolleyRun.ExecAsync("a,b,c", Line, "--output", mode, "--parallel", "1", "--output-dir", Out);
        Assert.Equal(WithoutTimes(plain.Stdout), WithoutTimes(result.Stdout));
        Assert.Equal(plain.ExitCode, result.ExitCode);
        Assert.Equal(["a.stdout", "b.stderr", "b.stdout", "c.stdout", "summary.json"], Files());
        Assert.Equal("out a", Read("a.stdout"));
        Assert.Equal([(byte)'e', (byte)'\n', 0xFF], await File.ReadAllBytesAsync(Path.Combine(Out, "b.stderr")));
        await JsonLines.AssertValidAsync(Read("summary.json"));
    }

    [Fact]
    public async Task ANodeThatPrintsNothingHasAnEmptyFile()
    {
        await VolleyRun.ExecAsync("a,b", "case %h in b) exit 1;; esac", "--output-dir", Out, "-k", "--parallel", "1");
        Assert.Equal(["a.stdout", "b.stdout", "summary.json"], Files());
        Assert.Equal("", Read("a.stdout"));
    }

    [Fact]
    public async Task OutputIsThereAsItComes()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", $"echo early; cat {pipe}; echo late", "--output-dir", Out));
        // The files are written first, so what is shown is in them.
        await run.ReadOutUntilAsync("early\n");
        Assert.Equal("early\n", Read("a.stdout"));
        Assert.False(File.Exists(Path.Combine(Out, "summary.json")));
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Equal("early\nlate\n", Read("a.stdout"));
    }

    [Fact]
    public async Task WhereStandardOutputGoesNowhereFilesAndStandardErrorDoNot()
    {
        var plain = VolleyRun.Exec("a,b", "echo out; echo err >&2; exit 4", "--output-dir", Out, "--output", "stream", "--parallel", "1");
        await using var run = ProgramRun.Start(plain with { StdoutFile = "/dev/null" });
        Assert.Equal(4, await run.WaitForExitAsync());
        Assert.Equal("a: err\nb: err\nvolley: 2 of 2 failed\nexit 4: a,b\n", VolleyRun.WithoutTotals(run.Stderr.Text));
        Assert.Equal("out\n", Read("b.stdout"));
        Assert.Equal("err\n", Read("b.stderr"));
    }

    [Fact]
    public async Task ManyNodesThatWriteAtOnceAreKeptApart()
    {
        // More than may be open at once, each in several pieces.
        var result = await VolleyRun.ExecAsync("n[1-300]", "echo 1 %h; sleep 0.3; echo 2 %h; sleep 0.3; echo 3 %h", "--parallel", "300", "--output-dir", Out);
        Assert.Equal(0, result.ExitCode);
        for (var i = 1; i <= 300; i++)
            Assert.Equal($"1 n{i}\n2 n{i}\n3 n{i}\n", Read($"n{i}.stdout"));
    }

    [Fact]
    public async Task NamesAreSafeAndTheSummaryTellsThem()
    {
        await VolleyRun.ExecAsync("[::1]:22,a,A,u@b:22,v@b:22", "echo %n; echo x >&2", "--output-dir", Out);
        Assert.Equal(["A#2.stdout", "__1.stdout", "a.stdout", "u@b_22.stdout", "v@b_22.stdout"], Files().Where(name => name.EndsWith(".stdout", StringComparison.Ordinal)));
        foreach (var node in Summary()["nodes"]!.AsArray())
        {
            Assert.Equal($"{node!["rank"]}\n", Read((string)node["stdout_file"]!));
            Assert.Equal("x\n", Read((string)node["stderr_file"]!));
        }
    }

    [Fact]
    public async Task AfterAStopThereIsWhatCameAndTheSummary()
    {
        await using var run = ProgramRun.Start(VolleyRun.Exec("a,b", "echo early; exec sleep 600", "--output-dir", Out, "-b", "--parallel", "1"));
        await run.ReadOutUntilAsync("early\n");
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        Assert.Equal("early\n", Read("a.stdout"));
        Assert.Equal("", Read("b.stdout"));
        var summary = Summary();
        Assert.Equal("interrupt", (string)summary["stop"]!);
        Assert.Equal(130, (int)summary["exit_code"]!);
        Assert.Equal(["canceled", "not_started"], summary["nodes"]!.AsArray().Select(node => (string)node!["outcome"]!));
        Assert.DoesNotContain(Files(), name => name[0] == '.');
    }

    [Fact]
    public async Task AReaderThatLeavesKeepsNothingFromTheFiles()
    {
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", "echo early; exec yes", "--output-dir", Out));
        await run.ReadOutUntilAsync("early\n");
        run.CloseStdout();
        Assert.Equal(141, await run.WaitForExitAsync());
        Assert.StartsWith("early\ny\n", Read("a.stdout"), StringComparison.Ordinal);
        Assert.Equal(new FileInfo(Path.Combine(Out, "a.stdout")).Length, (long)Summary()["nodes"]![0]!["stdout_bytes"]!);
        Assert.Equal("output_closed", (string)Summary()["stop"]!);
    }

    [Theory]
    [InlineData("a.stdout")]
    [InlineData("b.stderr")]
    [InlineData("summary.json")]
    public async Task FilesOfAnEarlierRunAreNotTouchedUnlessAsked(string name)
    {
        Directory.CreateDirectory(Out);
        _folder.Write($"out/{name}", "old");
        await AssertRefusedAsync(Out, $"{name} already exists; choose another directory, or add --overwrite");
        Assert.Equal([name], Files());
        Assert.Equal("old", Read(name));

        var result = await VolleyRun.ExecAsync("a,b", "printf new", "--output-dir", Out, "--overwrite");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["a.stdout", "b.stdout", "summary.json"], Files());
        Assert.Equal("new", Read("a.stdout"));
        Assert.Equal(0, (int)Summary()["exit_code"]!);
    }

    [Theory]
    [InlineData("summary.json", "another report has the same file")]
    [InlineData("b.stdout", "--output-dir has the output of a host there")]
    [InlineData("a.stderr.1", "--output-dir has the output of a host there")]
    [InlineData("none/x.json", "No such file or directory")]
    public async Task ARunThatIsRejectedLeavesTheFilesOfAnEarlierOne(string report, string message)
    {
        await VolleyRun.ExecAsync("a,b", "echo old", "--output-dir", Out);
        var rejected = await VolleyRun.ExecAsync("a,b", "echo new", "--output-dir", Out, "--overwrite", "--report", $"json:{Path.Combine(Out, report)}");
        Assert.Equal((2, ""), (rejected.ExitCode, rejected.Stdout));
        Assert.Contains(message, rejected.Stderr, StringComparison.Ordinal);
        Assert.Equal(["a.stdout", "b.stdout", "summary.json"], Files());
        Assert.Equal("old\n", Read("b.stdout"));
    }

    [Fact]
    public async Task OtherFilesInTheFolderStay()
    {
        Directory.CreateDirectory(Out);
        _folder.Write("out/other.stdout", "old");
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true", "--output-dir", Out)).ExitCode);
        Assert.Equal("old", Read("other.stdout"));
    }

    [Fact]
    public async Task AFolderThatCantBeMadeIsRefused()
    {
        _folder.Write("file", "");
        await AssertRefusedAsync(_folder["file/sub"], null);
        await AssertRefusedAsync(_folder["file"], null);
        await AssertRefusedAsync("/proc/nowhere", null);
    }

    [Fact]
    public async Task AFolderIsMadeWithThoseAboveIt()
    {
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "echo x", "--output-dir", _folder["one/two"])).ExitCode);
        Assert.Equal("x\n", await File.ReadAllTextAsync(_folder["one/two/a.stdout"]));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AFullDiskIsSaidOnceForEachNodeAndTurnsTheCodeToOne(string mode)
    {
        // A tiny file system of its own, in a mount namespace that ends with the program.
        Directory.CreateDirectory(Out);
        var probe = await ProgramRun.RunAsync(new ProgramStart("unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=64k", "none", Out));
        Assert.SkipWhen(probe.ExitCode != 0, $"no file system can be mounted here: {probe.Stderr}");
        var script = $"mount -t tmpfs -o size=64k none '{Out}' && \"$0\" \"$@\"; code=$?; ls '{Out}' >&2; exit $code";
        var result = await ProgramRun.RunAsync(new ProgramStart(
            "unshare", "-m", "sh", "-c", script, BuiltProgram.Path,
            "--output", mode, "--parallel", "1", "--output-dir", Out, "--transport", "exec", "-H", "a,b,c", "sh", "-c", "case %h in c) exit 0;; esac; seq 1 30000"));
        Assert.Equal(1, result.ExitCode);
        foreach (var node in new[] { "a", "b" })
            Assert.Single(Regex.Matches(result.Stderr, $@"(?m)^volley: {node}: {Regex.Escape(Out)}/{node}\.stdout: No space left on device; the rest of its output is not written$"));
        // The shown output is complete in any case.
        Assert.Contains("30000", result.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain("volley: c:", result.Stderr, StringComparison.Ordinal);
        Assert.Contains($"volley: {Out}/summary.json: No space left on device\n", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("a.stdout\nb.stdout\nc.stdout\n", result.Stderr, StringComparison.Ordinal);
        if (mode == "json")
            Assert.Equal(1, (int)(await JsonLines.ReadAsync(result)).Summary["exit_code"]!);
    }

    [Fact]
    public async Task AFileThatTakesNoMoreIsItsNodesAlone()
    {
        var result = await LimitedAsync("a,b", "case %h in a) seq 1 20000;; *) echo b;; esac");
        Assert.EndsWith("a: 20000\nb: b\n", result.Stdout, StringComparison.Ordinal);
        Assert.Equal($"volley: a: {Out}/a.stdout: File too large; the rest of its output is not written\n", result.Stderr);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("b\n", Read("b.stdout"));
        Assert.Equal(1, (int)Summary()["exit_code"]!);
    }

    [Fact]
    public async Task AFullDiskDoesNotHideAStop() =>
        Assert.Equal(143, (await LimitedAsync("a", "seq 1 20000; kill -TERM $PPID; exec sleep 600", "-b")).ExitCode);

    [Fact]
    public async Task LinksThatLieThereAreReplacedAndNotFollowed()
    {
        Directory.CreateDirectory(Out);
        var kept = _folder.Write("kept", "old");
        foreach (var name in new[] { "a.stdout", "a.stderr", "b.stdout", "summary.json" })
            File.CreateSymbolicLink(Path.Combine(Out, name), kept);
        File.CreateSymbolicLink(Path.Combine(Out, "b.stderr"), _folder["made"]);
        await AssertRefusedAsync(Out, "a.stderr already exists; choose another directory, or add --overwrite");
        Assert.Equal(0, (await VolleyRun.ExecAsync("a,b", "echo %h; echo %h >&2", "--output-dir", Out, "--overwrite")).ExitCode);
        Assert.Equal("old", await File.ReadAllTextAsync(kept));
        Assert.False(File.Exists(_folder["made"]));
        Assert.All(Files(), name => Assert.Null(new FileInfo(Path.Combine(Out, name)).LinkTarget));
        Assert.Equal("a\nb\n", Read("a.stdout") + Read("b.stderr"));
    }

    [Fact]
    public async Task ALinkThatComesMeanwhileIsNotFollowed()
    {
        var kept = _folder.Write("kept", "old");
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", $"echo up; cat {pipe}; echo err >&2", "--output-dir", Out));
        await run.ReadOutUntilAsync("up\n");
        File.CreateSymbolicLink(Path.Combine(Out, "a.stderr"), kept);
        File.CreateSymbolicLink(Path.Combine(Out, "summary.json"), kept);
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.Contains($"volley: a: {Out}/a.stderr: File exists; the rest of its output is not written\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(kept));
        Assert.Equal(1, (int)Summary()["exit_code"]!);
    }

    [Fact]
    public async Task ALinkThatAnotherUserMadeIsRefused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give a link away");
        Directory.CreateDirectory(_folder["theirs"]);
        File.CreateSymbolicLink(Out, _folder["theirs"]);
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("chown", "-h", "65534", Out))).ExitCode);
        await AssertRefusedAsync(Out, "it is a symbolic link of another user; name the directory itself");
        await AssertRefusedAsync($"{Out}/", null);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["theirs"]));
    }

    [Fact]
    public async Task ASecondRunDoesNotMixItsOutputWithTheFirst()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", $"echo first; cat {pipe}", "--output-dir", Out));
        await run.ReadOutUntilAsync("first\n");
        var ran = _folder["ran"];
        var second = await VolleyRun.ExecAsync("a", $"touch {ran}", "--output-dir", Out, "--overwrite");
        Assert.Equal(2, second.ExitCode);
        Assert.Equal($"volley: --output-dir {Out}: another run is writing to it; wait until it ends, or choose another directory\n", second.Stderr);
        Assert.False(File.Exists(ran));
        Assert.Equal("first\n", Read("a.stdout"));
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Equal(0, (await VolleyRun.ExecAsync("a", "true", "--output-dir", Out, "--overwrite")).ExitCode);
    }

    /// <summary>A run that may make no file larger than 64 KiB.</summary>
    private Task<ProgramResult> LimitedAsync(string hosts, string line, params string[] options) => ProgramRun.RunAsync(new ProgramStart(
        "bash",
        [
            "-c", "ulimit -f 64; exec \"$0\" \"$@\"", BuiltProgram.Path,
            .. options, "--no-journal", "--output", "stream", "--parallel", "1", "--output-dir", Out, "--transport", "exec", "-H", hosts, "sh", "-c", line,
        ])
        // A program that is not compiled natively maps its code twice, by a file that is larger.
        .WithVariable("DOTNET_EnableWriteXorExecute", "0"));

    private async Task AssertRefusedAsync(string folder, string? message)
    {
        var ran = _folder["ran"];
        var result = await VolleyRun.ExecAsync("a,b", $"touch {ran}", "--output-dir", folder);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Stdout);
        Assert.StartsWith($"volley: --output-dir {folder}: ", result.Stderr, StringComparison.Ordinal);
        Assert.Single(VolleyRun.Lines(result.Stderr));
        if (message is not null)
            Assert.EndsWith($": {message}\n", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(ran));
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(Out, name));

    private JsonObject Summary() => JsonNode.Parse(Read("summary.json"))!.AsObject();

    private string[] Files() => [.. Directory.EnumerateFileSystemEntries(Out).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string WithoutTimes(string text) =>
        Regex.Replace(text, @"\d+\.\d+ s|""(time|elapsed|median|slowest|slowest_node|started_at)"":[^,}]*", "T");
}
