using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Terminal;

/// <summary>--tty by the native transport, which is what these hosts get.</summary>
public sealed class TtyTests(Fleet fleet) : TtyContract(fleet, "auto");

/// <summary>The same by ssh.</summary>
public sealed class TtyOpenSshTests(Fleet fleet) : TtyContract(fleet, "openssh");

/// <summary>--tty gives a command a terminal, which hangs up when the command is ended.</summary>
public abstract class TtyContract(Fleet fleet, string transport) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task WithoutItThereIsNone()
    {
        var result = await RunAsync("tty; echo err >&2");
        Assert.Equal("127.0.10.1: not a tty\n", result.Stdout);
        Assert.Equal("127.0.10.1: err\n", result.Stderr);
    }

    [Fact]
    public async Task TheCommandIsOnATerminalAndItsOutputComesTogether()
    {
        var result = await RunAsync("tty; echo err >&2; exit 3", "--tty", "-N");
        Assert.Matches(@"^/dev/pts/\d+\nerr\n$", result.Stdout);
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task WithoutATerminalOfOursItHasTheUsualSize() =>
        Assert.Equal("24 80\nvt220\n", (await ProgramRun.RunAsync(
            Start("stty size; echo $TERM", "--tty", "-N").WithVariable("TERM", "vt220"))).Stdout);

    [Fact]
    public async Task ItIsAsLargeAsOurs()
    {
        var start = Start("stty size; echo $TERM", "--tty", "-N", "--output", "stream") with { Columns = 132, Rows = 43 };
        await using var program = PtyProgram.Start(start);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Equal("43 132\r\nxterm\r\n", program.Transcript);
    }

    [Fact]
    public async Task ItChangesItsSizeWithOurs()
    {
        const string Line = "trap 'stty size; exit 4' WINCH; stty size; while :; do sleep 0.1; done";
        var start = Start(Line, "--tty", "-N", "--output", "stream") with { Columns = 132, Rows = 43 };
        await using var program = PtyProgram.Start(start);
        await program.ReadUntilAsync("43 132\r\n");
        program.Resize(100, 30);
        Assert.Equal(4, await program.WaitForExitAsync());
        Assert.Contains("43 132\r\n30 100\r\n", program.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("one\ntwo\n", "one\ntwo\n")]
    [InlineData("no newline", "no newline")]
    public async Task StandardInputIsTypedAndHasAnEnd(string input, string expected)
    {
        var options = input.Length > 0 ? new[] { "--tty", "-N", "--stdin" } : ["--tty", "-N"];
        var result = await ProgramRun.RunAsync(Start($"stty -echo; cat >{_folder["input"]}; chmod 666 {_folder["input"]}; echo end", options).WithInput(input));
        Assert.EndsWith("end\n", result.Stdout, StringComparison.Ordinal);
        Assert.Equal(expected, File.ReadAllText(_folder["input"]));
    }

    [Fact]
    public async Task TheRemoteEndSeesAHangUpWhenTheRunIsStopped()
    {
        // An interactive shell ignores TERM; only a hang-up ends it, or a kill.
        var pipe = _folder.MakePipe("pipe");
        await using var run = ProgramRun.Start(Start(
            $"trap '' TERM; trap 'echo hung up >{pipe}; exit' HUP; echo in; while :; do read word; done", "--tty"));
        await run.ReadOutUntilAsync("in\n");
        var seen = ScratchFolder.ReadPipeAsync(pipe);
        run.Signal(15);
        Assert.Equal("hung up\n", await seen);
        Assert.Equal(143, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task ATerminalIsRefusedByAServerThatGivesNone()
    {
        var result = await VolleyRun.RunAsync("--transport", transport, "-F", fleet.SshConfig, "-H", SpecialHosts.WithoutTerminal(1), "--tty", $"touch {_folder["ran"]}");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("the server refused a terminal", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["ran"]));
    }

    private ProgramStart Start(string line, params string[] options) =>
        VolleyRun.Start(["--transport", transport, "-F", fleet.SshConfig, "-H", "127.0.10.1", .. options, line]);

    private Task<ProgramResult> RunAsync(string line, params string[] options) => ProgramRun.RunAsync(Start(line, options));
}
