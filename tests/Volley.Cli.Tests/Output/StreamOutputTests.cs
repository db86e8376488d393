using System.Text;
using System.Text.RegularExpressions;
using Volley.Cli.Tests.Terminal;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

public sealed class StreamOutputTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task LinesAreNeverSplitOrMixed()
    {
        // Lines of up to 6 kB, sent in pieces of 701 bytes, on both streams of every node.
        const string Print = """
            awk 'BEGIN { x = sprintf("%6007s", ""); gsub(/ /, "x", x); for (i = 1; i <= 60; i++) print "%h", i, substr(x, 1, i * i * 7 % 6007), "end", i }'
            """;
        var result = await VolleyRun.ExecAsync(
            "n[01-16]", $"({Print}) | dd bs=701 status=none; ({Print}) | dd bs=701 status=none >&2", "--output", "stream", "--parallel", "16");
        Assert.Equal(0, result.ExitCode);
        foreach (var text in new[] { result.Stdout, result.Stderr })
        {
            var seen = new Dictionary<string, int>();
            foreach (var line in VolleyRun.Lines(text))
            {
                var match = Regex.Match(line, @"^(n\d\d): (n\d\d) (\d+) (x*) end (\d+)$");
                Assert.True(match.Success, line);
                var number = int.Parse(match.Groups[3].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal(match.Groups[1].Value, match.Groups[2].Value);
                Assert.Equal(match.Groups[3].Value, match.Groups[5].Value);
                Assert.Equal(number * number * 7 % 6007, match.Groups[4].Length);
                // Those of one node stay in order.
                Assert.Equal(seen.GetValueOrDefault(match.Groups[1].Value) + 1, number);
                seen[match.Groups[1].Value] = number;
            }

            Assert.Equal(16, seen.Count);
            Assert.All(seen.Values, last => Assert.Equal(60, last));
        }
    }

    [Theory]
    [InlineData(@"x\ny", "a: x\na: y\n")]
    [InlineData(@"x\n", "a: x\n")]
    [InlineData(@"", "")]
    [InlineData(@"\n\nx\n\n", "a: \na: \na: x\na: \n")]
    [InlineData(@"10%%%%\r20%%%%\r\n", "a: 10%\r20%\r\n")]
    [InlineData(@"x\r", "a: x\r\n")]
    [InlineData(@"a\0b\n\0\n", "a: a\0b\na: \0\n")]
    [InlineData(@"\033[31mred\033[2J\n", "a: \e[31mred\e[2J\n")]
    public async Task OnlyANewlineEndsALine(string sent, string shown)
    {
        foreach (var (redirect, which) in new[] { ("", 1), (" >&2", 2) })
        {
            var result = await VolleyRun.ExecAsync("a", $"printf '{sent}'{redirect}", "--output", "stream");
            Assert.Equal(shown, which == 1 ? result.Stdout : result.Stderr);
            Assert.Equal("", which == 1 ? result.Stderr : result.Stdout);
        }
    }

    [Fact]
    public async Task BytesThatAreNoTextPassUnchanged()
    {
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).Where(b => b != '\n').ToArray();
        await File.WriteAllBytesAsync(_folder["bytes"], bytes, TestContext.Current.CancellationToken);
        var result = await VolleyRun.RunAsync("--output", "stream", "-N", "--transport", "exec", "-H", "a", "cat", _folder["bytes"]);
        Assert.Equal(bytes, result.StdoutBytes);
    }

    [Theory]
    [InlineData(3 * 1024 * 1024, "")]
    [InlineData(3 * 1024 * 1024, "echo")]
    [InlineData(1024 * 1024 + 1, "")]
    public async Task AVeryLongLineComesWhole(int length, string newline)
    {
        // Two at once, so that a piece of the one could come into the other.
        var result = await VolleyRun.ExecAsync("a,b", $"head -c {length} /dev/zero | tr '\\0' %h; {newline}", "--output", "stream");
        var lines = VolleyRun.Lines(result.Stdout).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.Equal("a: " + new string('a', length), lines[0]);
        Assert.Equal("b: " + new string('b', length), lines[1]);
    }

    [Fact]
    public async Task ALineOfAHundredMebibytesNeedsNoMemory()
    {
        // The second node's parent is the program: it tells the most that was ever resident, after the line went through.
        const int Length = 100 * 1024 * 1024;
        var job = $"case %h in a) head -c {Length} /dev/zero | tr '\\0' x;; b) grep VmHWM: /proc/$PPID/status;; esac";
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("a,b", job, "--output", "stream", "--parallel", "1") with { StdoutFile = _folder["out"] });
        Assert.Equal(0, result.ExitCode);
        var shown = await ProgramRun.RunAsync(ProgramStart.Shell($"head -c 5 {_folder["out"]}; echo; wc -l <{_folder["out"]}; tr -d x <{_folder["out"]}"));
        var peak = Regex.Match(shown.Stdout, @"^a: xx\n2\na: \nb: VmHWM:\s+(\d+) kB\n$");
        Assert.True(peak.Success, shown.Stdout);
        Assert.InRange(long.Parse(peak.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), 1, 80 * 1024);
        Assert.Equal(Length + "a: \n".Length, (await File.ReadAllLinesAsync(_folder["out"], TestContext.Current.CancellationToken))[0].Length + 1);
    }

    [Fact]
    public async Task ALineThatCannotBeHeldBackIsShownInParts()
    {
        const int Length = 5 * 1024 * 1024;
        var start = VolleyRun.Exec("a,b", $"head -c {Length} /dev/zero | tr '\\0' %h; echo; echo last %h; exit 3", "--output", "stream")
            .WithVariable("TMPDIR", _folder["none"]);
        var result = await ProgramRun.RunAsync(start);
        Assert.Equal(3, result.ExitCode);
        foreach (var node in "ab")
        {
            var lines = VolleyRun.Lines(result.Stdout).Where(line => line[0] == node).ToArray();
            Assert.Equal($"{node}: last {node}", lines[^1]);
            Assert.All(lines[..^1], line => Assert.Matches($"^{node}: {node}*$", line));
            Assert.Equal(Length, lines[..^1].Sum(line => line.Length - "a: ".Length));
            Assert.Single(Regex.Matches(result.Stderr, $"(?m)^volley: {node}: its output is printed in parts: can't make a temporary file in {_folder["none"]}"));
        }
    }

    [Fact]
    public async Task EveryStreamGoesToItsOwn()
    {
        var result = await VolleyRun.ExecAsync("a", "echo out; echo err >&2", "--output", "stream");
        Assert.Equal("a: out\n", result.Stdout);
        Assert.Equal("a: err\n", result.Stderr);
    }

    [Fact]
    public async Task AnUnfinishedLineOfOneStreamDoesNotWaitForTheOther()
    {
        var result = await VolleyRun.ExecAsync("a", "printf out1; printf err1 >&2; echo out2; echo err2 >&2", "--output", "stream");
        Assert.Equal("a: out1out2\n", result.Stdout);
        Assert.Equal("a: err1err2\n", result.Stderr);
    }

    [Fact]
    public async Task ALineIsShownAsSoonAsItIsWhole()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(VolleyRun.Exec("a", $"echo one; cat {pipe}; echo two", "--output", "stream"));
        Assert.Equal("a: one\n", await run.ReadOutUntilAsync("\n"));
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal("a: two\n", await run.ReadOutUntilAsync("\n"));
        Assert.Equal(0, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task LabelsAreUniqueAndNoLongerThanThatTakes()
    {
        var result = await VolleyRun.ExecAsync(
            "h1,h1,h2,me@h3,h4:22,h4:23,me@h5,you@h5,[::1]:22", "echo %n", "--output", "stream", "--parallel", "1");
        Assert.Equal("h1: 0\nh1#2: 1\nh2: 2\nh3: 3\nh4:22: 4\nh4:23: 5\nme@h5: 6\nyou@h5: 7\n[::1]: 8\n", result.Stdout);
    }

    [Fact]
    public async Task WhatABackgroundProcessHoldsOpenDoesNotHoldTheRun()
    {
        var marker = $"63{Environment.ProcessId}.5";
        try
        {
            var result = await VolleyRun.ExecAsync("a", $"sleep {marker} & echo done", "--output", "stream");
            Assert.Equal("a: done\n", result.Stdout);
            Assert.Equal(0, result.ExitCode);
        }
        finally
        {
            foreach (var left in Processes.WithCommandLine($"sleep {marker}"))
                System.Diagnostics.Process.GetProcessById(left.Id).Kill();
        }
    }

    [Fact]
    public async Task OnATerminalLinesAreMadeHarmless()
    {
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "--output", "stream", "--color", "never", "--transport", "exec", "-H", "a", "printf", TerminalSafetyTests.Hostile));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal(string.Concat(TerminalSafetyTests.Shown(colors: false).Select(line => $"a: {line}\r\n")), program.Transcript);
    }

    [Fact]
    public async Task OnlyTheStreamThatIsATerminalIsMadeHarmless()
    {
        await using var program = PtyProgram.Start(
            VolleyRun.Exec("a", @"printf '\033[2J\n'; printf '\033[2J\n' >&2", "--output", "stream", "--color", "never") with { StdoutToPipe = true });
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal("a: \e[2J\n", await program.Stdout.ReadToEndAsync());
        Assert.Equal("a: ^[[2J\r\n", program.Transcript);
    }

    [Fact]
    public async Task OnATerminalNoProgressIsDrawnBetweenTheLines()
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec("a,b", "echo x", "--output", "stream", "--color", "never", "--parallel", "1"));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal("a: x\r\nb: x\r\n", program.Transcript);
    }

    [Fact]
    public async Task AFullDiskIsSaidAndIsAFailure()
    {
        foreach (var mode in VolleyRun.Modes)
        {
            var result = await ProgramRun.RunAsync(VolleyRun.Exec("a", "echo x", "--output", mode) with { StdoutFile = "/dev/full" });
            Assert.EndsWith("volley: standard output: No space left on device\n", result.Stderr, StringComparison.Ordinal);
            Assert.Equal(1, result.ExitCode);
        }

        var help = await ProgramRun.RunAsync(VolleyRun.Start("--help") with { StdoutFile = "/dev/full" });
        Assert.Equal("volley: standard output: No space left on device\n", help.Stderr);
        Assert.Equal(1, help.ExitCode);
    }

    [Fact]
    public async Task AFileGetsWhatAPipeGets()
    {
        var start = VolleyRun.Exec("a", @"printf 'x\033[2J\ny'", "--output", "stream") with { StdoutFile = _folder["out"] };
        await ProgramRun.RunAsync(start);
        Assert.Equal(Encoding.UTF8.GetBytes("a: x\e[2J\na: y\n"), await File.ReadAllBytesAsync(_folder["out"], TestContext.Current.CancellationToken));
    }
}
