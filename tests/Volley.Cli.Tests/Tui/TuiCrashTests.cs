using Volley.Cli.Options;
using Volley.Cli.Run;
using Volley.Cli.Terminal;
using Volley.Cli.Tui;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>A bug of ours while the terminal UI has the terminal.</summary>
public class TuiCrashTests
{
    [Fact]
    public async Task ABugOfTheScreenGivesTheTerminalBackAndTheRunGoesOn()
    {
        await using var terminal = await TmuxTerminal.StartAsync(150);
        await terminal.RunAsync($"'{Environment.ProcessPath}' -explicit only -noLogo -noColor -method '{typeof(TuiCrashTests).FullName}.{nameof(TheScreenFails)}'");
        var shown = await terminal.EndsAsync(0);
        Assert.Contains("volley: the terminal UI failed: the clock broke; the run continues without it\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABugElsewhereGivesTheTerminalBackToo()
    {
        await using var terminal = await TmuxTerminal.StartAsync(150);
        await terminal.RunAsync($"'{Environment.ProcessPath}' -explicit only -noLogo -noColor -method '{typeof(TuiCrashTests).FullName}.{nameof(TheLoopFails)}'");
        await terminal.EndsAsync(0);
    }

    /// <summary>Run by the test above, in a terminal of its own.</summary>
    [Fact(Explicit = true)]
    public async Task TheScreenFails()
    {
        using var scene = new ScratchFolder();
        var gate = scene.MakePipe("gate");
        var settings = Settings(gate);
        var writer = new TerminalWriter(new OutputFile(1), new OutputFile(2));
        using var control = new RunControl();
        var rounds = new Rounds(new ParallelExecutor(new ExecTransport()), settings.Plan, control, TimeProvider.System);
        using var tui = new TuiRenderer(settings, writer, new BrokenClock());
        var summary = new RunSummary(settings.Plan, control);
        tui.Start(rounds);
        await rounds.RunAsync(nodeEvent =>
        {
            summary.Add(nodeEvent);
            tui.Render(nodeEvent);
            // The job waits until the screen has failed, so it is sure to end after it.
            if (nodeEvent is NodeStarted)
                _ = Task.Run(async () => { await tui.Failed; await File.WriteAllTextAsync(gate, "go\n"); });
        });
        tui.Complete(summary);
        writer.Flush();
        Assert.Equal(0, summary.ExitCode(ExitCodeStrategy.MainRank));
        Assert.False(tui.Interrupt());
    }

    /// <summary>Run by the test above, in a terminal of its own.</summary>
    [Fact(Explicit = true)]
    public async Task TheLoopFails()
    {
        var settings = Settings("/dev/null");
        using var control = new RunControl();
        var rounds = new Rounds(new ParallelExecutor(new ExecTransport()), settings.Plan, control, TimeProvider.System);
        using var tui = new TuiRenderer(settings, new TerminalWriter(new OutputFile(1), new OutputFile(2)), TimeProvider.System);
        tui.Start(rounds);
        await Assert.ThrowsAsync<InvalidOperationException>(() => rounds.RunAsync(_ => throw new InvalidOperationException("a bug")));
    }

    private static RunSettings Settings(string gate)
    {
        var request = Assert.IsType<RunRequest>(CommandLine.Parse(["--tui", "--transport", "exec", "-H", "n1", "sh", "-c", $"read -r _ <{gate}; true"], _ => null));
        return new SettingsResolver(request.Options, new ProgramEnvironment
        {
            StdinIsTerminal = true,
            StdoutIsTerminal = true,
            StderrIsTerminal = true,
            Variable = Environment.GetEnvironmentVariable,
            OpenStandardInput = () => Stream.Null,
            AskPassword = () => throw new InvalidOperationException("nobody asks"),
            AskPassphrase = (_, _) => throw new InvalidOperationException("nobody asks"),
        }).ResolveAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Fails for the thread that draws, once it has drawn.</summary>
    private sealed class BrokenClock : TimeProvider
    {
        private int _calls;

        public override long GetTimestamp() =>
            Thread.CurrentThread.Name == "terminal" && ++_calls > 5 ? throw new InvalidOperationException("the clock broke") : base.GetTimestamp();
    }
}
