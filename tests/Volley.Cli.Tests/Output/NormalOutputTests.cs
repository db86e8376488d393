using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

public sealed class NormalOutputTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EveryNodeIsABlockWithAHeader()
    {
        var result = await VolleyRun.ExecAsync(
            "a,b,c,d", "echo out %h; case %h in b) exit 3;; c) kill -9 $$;; esac", "--output", "normal", "--parallel", "1");
        Assert.Matches("""
            ^✓ a \d+\.\d s
            out a
            ✗ b exit 3 \d+\.\d s
            out b
            ✗ c killed by signal KILL \d+\.\d s
            out c
            ✓ d \d+\.\d s
            out d
            $
            """.ReplaceLineEndings("\n"), result.Stdout);
        Assert.Equal("volley: 2 of 4 failed\nexit 3: b\nkilled by signal KILL: c\nvolley: exit code 0 is that of a, the main rank; --any-failure counts every host\n", VolleyRun.WithoutTotals(result.Stderr));
    }

    [Fact]
    public async Task BlocksComeInTheOrderOfTheEnds()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(VolleyRun.Exec("a,b", $"echo %h; case %h in a) cat {pipe};; esac", "--output", "normal"));
        Assert.Matches(@"^✓ b \d+\.\d s\nb\n$", await run.ReadOutUntilAsync("s\nb\n"));
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Matches(@"^✓ a \d+\.\d s\na\n$", await run.ReadOutUntilAsync("s\na\n"));
        Assert.Equal(0, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task BothStreamsAreInTheirOrderOfArrival()
    {
        // A pipe holds 64 KiB, so most of each part has been read when the next one begins.
        const int Size = 200_000;
        const int Read = Size - (64 * 1024);
        var result = await VolleyRun.ExecAsync(
            "a", $"p() {{ head -c {Size} /dev/zero | tr '\\0' $1; }}; p 1; p 2 >&2; p 3", "--output", "normal", "-N");
        Assert.Equal(3 * Size, result.Stdout.Length);
        Assert.InRange(result.Stdout.IndexOf('2', StringComparison.Ordinal), Read, Size);
        Assert.InRange(result.Stdout.IndexOf('3', StringComparison.Ordinal), Size + Read, 2 * Size);
        Assert.Equal("", result.Stderr);
    }

    [Theory]
    [InlineData(@"x\ny", "x\ny\n")]
    [InlineData(@"x\n", "x\n")]
    [InlineData(@"", "")]
    [InlineData(@"\n\n", "\n\n")]
    [InlineData(@"x\r", "x\r\n")]
    [InlineData(@"a\0b\033[2J\r\n", "a\0b\e[2J\r\n")]
    public async Task InAPipeOutputIsUnchangedButForAFinalNewline(string sent, string shown)
    {
        var result = await VolleyRun.ExecAsync("a", $"printf '{sent}'", "--output", "normal", "--color", "never");
        var header = result.Stdout.IndexOf('\n', StringComparison.Ordinal) + 1;
        Assert.Equal(shown, result.Stdout[header..]);
    }

    [Fact]
    public async Task BytesThatAreNoTextPassUnchanged()
    {
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        bytes[^1] = (byte)'\n';
        await File.WriteAllBytesAsync(_folder["bytes"], bytes, TestContext.Current.CancellationToken);
        var result = await VolleyRun.RunAsync("--output", "normal", "-N", "--transport", "exec", "-H", "a", "cat", _folder["bytes"]);
        Assert.Equal(bytes, result.StdoutBytes);
    }

    [Fact]
    public async Task WhatIsHeldBackLeavesNoFile()
    {
        const int Size = 5 * 1024 * 1024;
        var temporary = Directory.CreateDirectory(_folder["tmp"]).FullName;
        var pipe = _folder.MakePipe("pipe");
        var written = _folder.MakePipe("written");
        await using var run = ProgramRun.Start(VolleyRun.Exec(
            "a,b", $"head -c {Size} /dev/zero | tr '\\0' %h; case %h in a) echo x >{written}; cat {pipe};; esac", "--output", "normal")
            .WithVariable("TMPDIR", temporary));
        await ScratchFolder.ReadPipeAsync(written);
        // All of a but what fits into pipes and queues has been taken by now.
        Assert.Contains(
            Directory.EnumerateFiles($"/proc/{run.ProcessId}/fd").Select(descriptor => new FileInfo(descriptor).LinkTarget),
            target => target is not null && (target.StartsWith(temporary, StringComparison.Ordinal) || target.StartsWith("/memfd:", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary));
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(0, await run.WaitForExitAsync());

        var blocks = Regex.Matches(run.Stdout.Text, @"✓ ([ab]) \d+\.\d s\n([ab]+)\n");
        Assert.Equal(2, blocks.Count);
        foreach (Match block in blocks)
            Assert.Equal(new string(block.Groups[1].Value[0], Size), block.Groups[2].Value);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary));
    }

    [Fact]
    public async Task WhatCannotBeHeldBackIsShownInParts()
    {
        // If the temporary directory accepted no file, the run ended and all buffered output was lost.
        const int Lines = 250_000;
        var result = await ProgramRun.RunAsync(VolleyRun.Exec(
            "a,b", $"yes %h-%h-%h-%h | head -n {Lines}; exit 3", "--output", "normal").WithVariable("TMPDIR", _folder["none"]));
        Assert.Equal(3, result.ExitCode);
        var lines = VolleyRun.Lines(result.Stdout);
        Assert.Contains("… a still running", lines);
        Assert.Single(lines, line => line.StartsWith("✗ a exit 3 ", StringComparison.Ordinal));
        foreach (var node in new[] { 'a', 'b' })
        {
            // Parts that end within a line make two of it.
            var text = string.Concat(lines.Where(line => line.All(c => c == node || c == '-')));
            Assert.Equal(Lines * "a-a-a-a".Length, text.Length);
        }

        Assert.Contains($"volley: a: its output is printed in parts: can't make a temporary file in {_folder["none"]}", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("volley: 2 of 2 failed\nexit 3: a,b\n", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnATerminalItIsUsualAndStandardErrorIsMarked()
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec(
            "a", "echo out; echo err >&2; printf 'no newline'", "--progress", "never", "--color", "never"));
        Assert.Equal(0, await program.WaitForExitAsync());
        var lines = program.Transcript.Split("\r\n");
        Assert.Matches(@"^✓ a \d+\.\d s$", lines[0]);
        Assert.Equal(["", "! err", "no newline", "out"], lines[1..].Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("LC_ALL", "C.UTF-8", "✓", "✗")]
    [InlineData("LANG", "de_DE.utf8", "✓", "✗")]
    [InlineData("LC_CTYPE", "en_US.ISO-8859-1", "ok", "failed")]
    [InlineData("LC_ALL", "C", "ok", "failed")]
    [InlineData("LC_ALL", "", "ok", "failed")]
    public async Task OnATerminalWithoutUnicodeTheMarksAreWords(string variable, string value, string good, string bad)
    {
        var start = VolleyRun.Exec("a,b", "case %h in b) exit 3;; esac; sleep 0.3", "--color", "never", "--parallel", "1")
            .WithVariable("LC_ALL", null).WithVariable("LC_CTYPE", null).WithVariable("LANG", null).WithVariable(variable, value);
        await using var program = PtyProgram.Start(start);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Matches($@"(?m){good} a \d+\.\d s\r$", program.Transcript);
        Assert.Matches($@"(?m){bad} b exit 3 \d+\.\d s\r$", program.Transcript);
        if (good == "ok")
            Assert.DoesNotContain(program.Transcript, character => character > '~');
    }

    [Fact]
    public async Task InAPipeTheMarksAreTheSameInAnyLocale()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Exec("a", "true", "--output", "normal").WithVariable("LC_ALL", "C"));
        Assert.StartsWith("✓ a ", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATerminalThatBecomesNarrowerIsRedrawnForItsWidth()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var program = PtyProgram.Start(VolleyRun.Exec("n[1-9]", $"case %h in n1) exit;; esac; read x <{pipe}", "--color", "never") with { Columns = 100 });
        await program.ReadUntilAsync(" left  8 running");
        program.Resize(30, 24);
        // What is left has no room any more.
        await program.ReadUntilAsync("%  8 running");
        program.Type(PtyProgram.ControlC);
        await program.ReadUntilAsync("Status: 8 running");
        program.Signal(Signals.Terminate);
        Assert.Equal(143, await program.WaitForExitAsync());
    }

    [Fact]
    public async Task AThousandNodesAreNotDrawnAThousandTimes()
    {
        var began = Environment.TickCount64;
        await using var program = PtyProgram.Start(VolleyRun.Exec("n[1-1000]", "echo %h", "--color", "never"));
        Assert.Equal(0, await program.WaitForExitAsync());
        var seconds = (Environment.TickCount64 - began) / 1000.0;
        // The progress is erased and drawn again at most ten times a second, whatever comes above it, and once more at the end.
        var drawn = program.Transcript.Split("\e[J").Length - 1;
        Assert.InRange(drawn, 1, (10 * seconds) + 3);
        foreach (var i in Enumerable.Range(1, 1000))
            Assert.Contains($"n{i}\r\n", program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnATerminalProgressIsDrawnAndErased()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var program = PtyProgram.Start(VolleyRun.Exec("a,b", $"case %h in a) cat {pipe};; esac; echo done %h", "--color", "never"));
        await program.ReadUntilAsync("1/2 ");
        await program.ReadUntilAsync("50%");
        await program.ReadUntilAsync("1 running");
        await program.ReadUntilAsync("r a  ");
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(0, await program.WaitForExitAsync());
        var screen = Screen(program.Transcript, 80, 24);
        Assert.Equal(7, screen.Length);
        Assert.Matches(@"^✓ b \d+\.\d s$", screen[0]);
        Assert.Equal("done b", screen[1]);
        Assert.Equal("", screen[2]);
        Assert.Matches(@"^✓ a \d+\.\d s$", screen[3]);
        Assert.Equal("done a", screen[4]);
        Assert.Matches(@"^volley: 2 hosts in \d+\.\d s: 2 succeeded; median \d+\.\d s, slowest a \d+\.\d s; 14 B$", screen[5]);
        Assert.Equal("", screen[6]);
    }

    [Fact]
    public async Task AllNodesThatRunAreShownWhereTheyFitAndCostLittle()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var program = PtyProgram.Start(VolleyRun.Exec("node[001-128]", $"echo step %n/200; cat {pipe}", "--color", "never", "--parallel", "128")
            with
        { Columns = 200, Rows = 60 });
        await program.ReadUntilAsync("127/200");
        await program.ReadUntilAsync("G4");
        var idle = program.Transcript.Length;
        await program.ReadUntilAsync("G7");
        // Three seconds in which nothing but time goes on: 60 nodes may cost 4 kB a second.
        Assert.InRange(program.Transcript.Length - idle, 1, 3 * 4096 * 128 / 60);
        var screen = Screen(program.Transcript, 200, 60);
        foreach (var n in Enumerable.Range(1, 128))
            Assert.Single(screen, line => line.Contains($"r node{n:000} ", StringComparison.Ordinal));
        Assert.Contains(screen, line => line.Contains("██░░░░░░░░  25%  step 50/200", StringComparison.Ordinal));
        program.Signal(Signals.Terminate);
        Assert.Equal(143, await program.WaitForExitAsync());
    }

    [Fact]
    public async Task AFailureIsSaidInItsBlockAndColouredInTheSummary()
    {
        await using var program = PtyProgram.Start(new ProgramStart(BuiltProgram.Path,
            "--transport", "native", "-F", "none", "-H", "127.0.0.1,127.0.0.2", "-p", "1", "--parallel", "1", "--color", "always", "--progress", "never", "true"));
        Assert.Equal(255, await program.WaitForExitAsync());
        Assert.Matches(
            "^\e\\[31m✗\e\\[0m \e\\[1;36m127\\.0\\.0\\.1\e\\[0m \e\\[31mconnect failed\e\\[0m [^\r]*\r\n\e\\[31m[^\r]*Connection refused\e\\[0m\r\n\r\n\e\\[31m✗", program.Transcript);
        Assert.EndsWith("\e[31mconnect failed\e[0m: \e[36m127.0.0.[1-2]\e[0m\r\n", program.Transcript, StringComparison.Ordinal);
        Assert.Equal(2, program.Transcript.Split("Connection refused").Length - 1);
    }

    [Fact]
    public async Task OnATerminalWithOutputInAPipeProgressIsDrawnOnlyInNormalMode()
    {
        foreach (var (mode, isDrawn) in new[] { ("normal", true), ("stream", false) })
        {
            var pipe = _folder.MakePipe(mode);
            await using var program = PtyProgram.Start(VolleyRun.Exec("a", $"echo up; cat {pipe}", "--output", mode) with { StdoutToPipe = true });
            if (isDrawn)
                await program.ReadUntilAsync("0/1");
            else
                await program.Stdout.ReadUntilAsync("up");
            await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
            Assert.Equal(0, await program.WaitForExitAsync());
            Assert.DoesNotContain("\e", await program.Stdout.ReadToEndAsync(), StringComparison.Ordinal);
            Assert.Equal(isDrawn, program.Transcript.Length > 0);
            if (isDrawn)
                Assert.Equal([""], Screen(program.Transcript, 80, 24));
        }
    }

    [Theory]
    [InlineData("--progress=never", "xterm")]
    [InlineData("-q", "xterm")]
    [InlineData("--output=normal", "dumb")]
    public async Task ProgressCanBeTurnedOff(string option, string terminal)
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec("a", "sleep 0.3; echo x", option, "--color", "never").WithVariable("TERM", terminal));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Matches(@"^✓ a \d+\.\d s\r\nx\r\n$", program.Transcript);
    }

    [Fact]
    public async Task InAPipeThereIsNoProgress()
    {
        var result = await VolleyRun.ExecAsync("a,b", "sleep 0.3; echo x", "--output", "normal");
        Assert.Equal("", result.Stderr);
        Assert.DoesNotContain("\e", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APingHasHeadersOnly()
    {
        var result = await VolleyRun.RunAsync("ping", "--output", "normal", "--transport", "exec", "--parallel", "1", "-H", "a,b");
        Assert.Matches(@"^✓ a \d+\.\d s\n✓ b \d+\.\d s\n$", result.Stdout);
    }

    [Fact]
    public async Task TheSummaryIsFolded()
    {
        var result = await VolleyRun.ExecAsync("web[01-12]", "case %h in web07|web08|web12) exit 3;; esac", "--output", "normal");
        Assert.Equal("volley: 3 of 12 failed\nexit 3: web[07-08,12]\nvolley: exit code 0 is that of web01, the main rank; --any-failure counts every host\n", VolleyRun.WithoutTotals(result.Stderr));
    }

    /// <summary>What a terminal shows at the end, of the few sequences that progress uses: up, clear to the end, carriage return.</summary>
    private static string[] Screen(string transcript, int columns, int rows)
    {
        var lines = new List<List<char>> { new() };
        var (row, column) = (0, 0);
        foreach (Match match in Regex.Matches(transcript, "\e\\[(?<count>[0-9]*)(?<action>[A-Za-z])|(?<text>[^\e])", RegexOptions.Singleline))
        {
            switch (match.Groups["action"].Value, match.Groups["text"].Value)
            {
                case ("B", _):
                    row += int.Parse(match.Groups["count"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case ("G", _):
                    column = int.Parse(match.Groups["count"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) - 1;
                    break;
                case ("A", _):
                    row -= int.Parse(match.Groups["count"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
                    Assert.True(row >= 0, "above the screen");
                    break;
                case ("J", _):
                    lines.RemoveRange(row + 1, lines.Count - row - 1);
                    lines[row].RemoveRange(Math.Min(column, lines[row].Count), Math.Max(lines[row].Count - column, 0));
                    break;
                case ("K", _):
                    lines[row].RemoveRange(Math.Min(column, lines[row].Count), Math.Max(lines[row].Count - column, 0));
                    break;
                case ("C", _):
                    column++;
                    break;
                case ("m", _):
                    break;
                case ("", "\r"):
                    column = 0;
                    break;
                case ("", "\n"):
                    row++;
                    if (row == lines.Count)
                        lines.Add([]);
                    Assert.True(row < rows, "this screen does not scroll");
                    break;
                case ("", var text):
                    while (lines[row].Count <= column)
                        lines[row].Add(' ');
                    lines[row][column++] = text[0];
                    Assert.True(column < columns, "a line reaches the last column");
                    break;
                default:
                    Assert.Fail($"the terminal is told {match.Value[1..]}");
                    break;
            }
        }

        return [.. lines.Select(line => new string([.. line]).TrimEnd())];
    }
}
