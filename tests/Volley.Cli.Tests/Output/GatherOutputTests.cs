using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Gathered output of the built program.</summary>
public sealed class GatherOutputTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string, string> Rows => new()
    {
        // Hosts, the job, options, and the groups: names, then output, each up to a '|'.
        { "web[1-5]", "case %h in web4) echo b;; *) echo a;; esac", "", "web[1-3,5] (4)|a\n|web4 (1)|b\n" },
        { "a,b", "echo x", "", "a,b (2)|x\n" },
        { "b,a,b", "echo x", "", "a,b,b#2 (3)|x\n" },
        { "a,b,c", "true", "", "a,b,c (3)|" },

        // Both streams count, each for itself, and so does the end.
        { "a,b", "case %h in a) echo x;; b) echo x >&2;; esac", "", "a (1)|x\n|b (1)|x\n" },
        { "a,b,c", "echo x; case %h in b) exit 3;; c) kill -9 $$;; esac", "", "a (1)|x\n|b (1) exit 3|x\n|c (1) killed by signal KILL|x\n" },
        { "a,b", "printf x; case %h in b) echo;; esac", "", "a (1)|x\n|b (1)|x\n" },
        { "a,b", "printf 'x\\n'; case %h in b) printf '\\n';; esac", "", "a (1)|x\n|b (1)|x\n\n" },

        // Exit 0 first, then by code; the largest first within one, or by nodes.
        {
            "n[1-9]", "case %h in n1) exit 7;; n[23]) exit 3;; n4) echo few;; n[5-7]) echo many;; n8) echo one;; n9) exit 3;; esac", "",
            "n[5-7] (3)|many\n|n4 (1)|few\n|n8 (1)|one\n|n[2-3,9] (3) exit 3||n1 (1) exit 7|"
        },
        {
            "n[1-9]", "case %h in n1) exit 7;; n2) echo a; exit 3;; n4) echo few;; n[5-7]) echo many;; n8) echo one;; *) exit 3;; esac", "--sort nodes",
            "n4 (1)|few\n|n[5-7] (3)|many\n|n8 (1)|one\n|n2 (1) exit 3|a\n|n[3,9] (2) exit 3||n1 (1) exit 7|"
        },
        {
            "n[1-9]", "case %h in n1) exit 7;; n2) echo a; exit 3;; n4) echo few;; n[5-7]) echo many;; n8) echo one;; *) exit 3;; esac", "--sort size",
            "n[5-7] (3)|many\n|n4 (1)|few\n|n8 (1)|one\n|n[3,9] (2) exit 3||n2 (1) exit 3|a\n|n1 (1) exit 7|"
        },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task IdenticalResultsAreShownOnce(string hosts, string job, string options, string groups)
    {
        var result = await VolleyRun.ExecAsync(hosts, job, [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-g"]);
        Assert.Equal(Groups(groups.Split('|')), result.Stdout);
    }

    [Fact]
    public async Task TheOrderOfTheStreamsMakesNoDifference()
    {
        var result = await VolleyRun.ExecAsync("a,b", "case %h in a) echo o; echo e >&2;; b) echo e >&2; echo o;; esac", "-g");
        Assert.Contains(result.Stdout, new[] { Groups("a,b (2)", "o\ne\n"), Groups("a,b (2)", "e\no\n") });
    }

    [Fact]
    public async Task WithoutNamesAnEmptyLineDividesTheGroups()
    {
        var result = await VolleyRun.ExecAsync("a,b,c,d", "case %h in a) echo 1;; b) printf 2;; c) ;; *) echo 3 >&2; exit 4;; esac", "-g", "-N");
        Assert.Equal("1\n\n2\n\n3\n", result.Stdout);
    }

    [Fact]
    public async Task InAPipeBytesAreUnchanged()
    {
        var bytes = new byte[6_000_000];
        new Random(1).NextBytes(bytes);
        bytes[^1] = (byte)'\n';
        await File.WriteAllBytesAsync(_folder["bytes"], bytes, TestContext.Current.CancellationToken);
        var result = await VolleyRun.RunAsync("-gN", "--transport", "exec", "-H", "a,b,c", "cat", _folder["bytes"]);
        Assert.Equal(bytes, result.StdoutBytes);
    }

    [Fact]
    public async Task BothStreamsAreInTheirOrderOfArrival()
    {
        // A pipe holds 64 KiB, so most of each part has been read when the next one begins.
        const int Size = 200_000;
        const int Read = Size - (64 * 1024);
        var result = await VolleyRun.ExecAsync("a,b", $"p() {{ head -c {Size} /dev/zero | tr '\\0' $1; }}; p 1; p 2 >&2; p 3", "-gN");
        Assert.Equal((3 * Size) + 1, result.Stdout.Length);
        Assert.InRange(result.Stdout.IndexOf('2', StringComparison.Ordinal), Read, Size);
        Assert.InRange(result.Stdout.IndexOf('3', StringComparison.Ordinal), Size + Read, 2 * Size);
    }

    [Fact]
    public async Task OnATerminalStandardErrorIsMarked()
    {
        await using var program = PtyProgram.Start(VolleyRun.Exec(
            "a,b", "echo err >&2; printf 'no newline' >&2; exit 2", "-g", "--progress", "never"));
        Assert.Equal(2, await program.WaitForExitAsync());
        Assert.StartsWith(
            "\e[2m---------------\e[0m\r\n\e[36ma,b\e[0m (2) \e[31mexit 2\e[0m\r\n\e[2m---------------\e[0m\r\n"
            + "\e[31m! \e[0merr\r\n\e[31m! \e[0mno newline\r\n",
            program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnATerminalProgressIsDrawn()
    {
        var pipe = _folder.MakePipe("pipe");
        await using var program = PtyProgram.Start(VolleyRun.Exec("a,b", $"case %h in a) cat {pipe};; esac; echo done", "-g", "--color", "never"));
        await program.ReadUntilAsync("1/2 ");
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Contains("---------------\r\na,b (2)\r\n---------------\r\ndone\r\nvolley: 2 hosts in ", program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATimeoutShowsWhatWasSentBefore()
    {
        var result = await VolleyRun.ExecAsync(
            "n[1-4]", "echo begun; case %h in n[23]) exec sleep 600;; n4) echo more; exec sleep 600;; esac", "-g", "--timeout", "1.5");
        Assert.Equal(
            Groups("n1 (1)", "begun\n", "n[2-3] (2) timed out", "begun\n", "n4 (1) timed out", "begun\nmore\n"), result.Stdout);
        Assert.EndsWith("volley: 3 of 4 failed\ntimed out: n[2-4]\nvolley: exit code 0 is that of n1, the main rank; --any-failure counts every host\n", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopSeat.Pipes)]
    [InlineData(StopSeat.Typed)]
    public async Task AfterTwoPressesEverythingThatWasSentIsShown(StopSeat seat)
    {
        await using var scene = StopScene.Start(
            seat, "n[1-8]",
            "case $host in n[12]) echo done;; n3) echo bad; exit 3;; n[4-6]) printf part; tell; gate;; *) echo late;; esac",
            "-g --parallel 3 --progress never");
        await scene.ToldAsync(3);
        await scene.PressFirstAsync("3 running, 3 completed (1 failed), 2 queued");
        await scene.PressTwiceAsync();

        Assert.Equal(130, await scene.ExitAsync());
        await scene.AssertNothingLeftAsync();
        Assert.Contains(
            Groups("n[1-2] (2)", "done\n", "n3 (1) exit 3", "bad\n", "n[4-6] (3) canceled", "part\n", "n[7-8] (2) not started", ""),
            scene.Output, StringComparison.Ordinal);
        Assert.EndsWith(
            "volley: 6 of 8 failed\nexit 3: n3\ncanceled: n[4-6]\nnot started: n[7-8]\n", scene.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Signals.Terminate, 143)]
    [InlineData(Signals.HangUp, 129)]
    [InlineData(Signals.Quit, 131)]
    public async Task ASignalShowsWhatWasSentBefore(int signal, int code)
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[1-2]", "echo part; tell; gate", "--output gather");
        await scene.ToldAsync(2);
        scene.Signal(signal);
        Assert.Equal(code, await scene.ExitAsync());
        Assert.Equal(Groups("n[1-2] (2) canceled", "part\n"), scene.Output);
    }

    [Fact]
    public async Task FailFastShowsEveryNodeInAGroup()
    {
        var pipe = _folder.MakePipe("pipe");
        var result = await VolleyRun.ExecAsync(
            "a,b,c,d", $"echo begun; case %h in a) echo >{pipe}; exec sleep 600;; esac; cat <{pipe} >/dev/null; exit 3", "-g", "-k", "--parallel", "2");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(Groups("c,d (2) not started", "", "a (1) canceled", "begun\n", "b (1) exit 3", "begun\n"), result.Stdout);
    }

    [Fact]
    public async Task EqualOutputIsHeldOnceInAFileThatIsGone()
    {
        const int Size = 20 * 1024 * 1024;
        var temporary = Directory.CreateDirectory(_folder["tmp"]).FullName;
        var pipe = _folder.MakePipe("pipe");
        var written = _folder.MakePipe("written");
        await using var run = ProgramRun.Start(VolleyRun.Exec(
            "n[1-4]", $"head -c {Size} /dev/zero | tr '\\0' x; case %h in n4) echo x >{written}; cat {pipe};; esac", "-g")
            .WithVariable("TMPDIR", temporary));
        await ScratchFolder.ReadPipeAsync(written);
        var file = Assert.Single(
            Directory.EnumerateFiles($"/proc/{run.ProcessId}/fd"),
            descriptor => new FileInfo(descriptor).LinkTarget?.StartsWith(temporary, StringComparison.Ordinal) == true);
        using (var held = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            Assert.InRange(held.Length, 1, Size);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary));
        await ProgramRun.RunAsync(ProgramStart.Shell($": >{pipe}"));
        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Equal(Groups("n[1-4] (4)", new string('x', Size) + "\n"), run.Stdout.Text);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary));
    }

    [Fact]
    public async Task WhatCannotBeHeldBackIsShownInParts()
    {
        const int Lines = 1_000_000;
        var result = await ProgramRun.RunAsync(VolleyRun.Exec(
            "a,b", $"yes 1234567 | head -n {Lines}; echo %h; exit 3", "-g").WithVariable("TMPDIR", _folder["none"]));
        Assert.Equal(3, result.ExitCode);
        var lines = VolleyRun.Lines(result.Stdout);
        Assert.Contains(lines, line => line.EndsWith(") still running", StringComparison.Ordinal));
        Assert.Contains("a (1) exit 3", lines);
        Assert.Contains("b (1) exit 3", lines);
        Assert.Contains($"volley: results are printed in parts: can't make a temporary file in {_folder["none"]}", result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith("volley: 2 of 2 failed\nexit 3: a,b\n", result.Stderr, StringComparison.Ordinal);
        // Both nodes' lines are in one group or in two.
        var digits = 0L;
        var nodes = 0;
        foreach (var line in lines)
        {
            if (line.EndsWith(") still running", StringComparison.Ordinal) || line.EndsWith(") exit 3", StringComparison.Ordinal))
                nodes = line.StartsWith("a,b ", StringComparison.Ordinal) ? 2 : 1;
            else if (line.Length > 0 && line.All(char.IsDigit))
                digits += nodes * line.Length;
        }

        Assert.Equal(2L * 7 * Lines, digits);
    }

    [Fact]
    public async Task AReaderThatLeavesEndsItQuietly()
    {
        var result = await ProgramRun.RunAsync(ProgramStart.Shell(
            $"{{ {BuiltProgram.Path} -gN --transport exec -H a,b sh -c 'seq 1000000'; echo $? >&2; }} | head -n 1"));
        Assert.Equal("1\n", result.Stdout);
        Assert.Equal("141\n", result.Stderr);
    }

    [Fact]
    public async Task RemoteHostsAreGathered()
    {
        var result = await VolleyRun.RunAsync(
            "-F", fleet.SshConfig, "-g", "-H", "127.0.3.[1-6],127.0.3.7:1",
            "set -- $SSH_CONNECTION; echo same; case $3 in *.[25]) echo other >&2; exit 4;; *.6) kill -9 $$;; esac");
        Assert.StartsWith(Groups("127.0.3.[1,3-4] (3)", "same\n", "127.0.3.[2,5] (2) exit 4", "same\nother\n"), result.Stdout, StringComparison.Ordinal);
        Assert.Contains("127.0.3.7 (1) connect failed\n", result.Stdout, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task WhatRemoteHostsSentBeforeAStopIsShown()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, fleet, "127.0.3.[1-2]", "echo part; tell; gate", "-g --live -b", isPlain: false);
        await scene.ToldAsync(2);
        // What a job has printed may still be on its way; this has come from both.
        await scene.ReadOutputAsync("part\n");
        scene.Press();
        await scene.ReadErrorAsync(StopScene.BatchPress);
        Assert.Equal(130, await scene.ExitAsync());
        Assert.Equal("part\n" + Groups("127.0.3.[1-2] (2) canceled, shown above", ""), scene.Output);
    }

    /// <summary>Names and outputs in turns.</summary>
    internal static string Groups(params string[] parts) => string.Concat(
        parts.Select((part, i) => i % 2 == 0 ? $"---------------\n{part}\n---------------\n" : part));
}
