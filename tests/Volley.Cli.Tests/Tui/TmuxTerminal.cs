using System.Diagnostics;
using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>A real terminal, in which a shell with job control waits: tmux with a server of its own, so that its screen can be looked at.</summary>
internal sealed class TmuxTerminal : IAsyncDisposable
{
    /// <summary>The sign that the shell waits for a command.</summary>
    private const string ShellPrompt = "READY>";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // Each look is a process, so a longer wait looks less often.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(400);

    private readonly ScratchFolder _folder = new();

    private TmuxTerminal()
    {
        // A test run that is ended in the middle must leave no server behind.
        AppDomain.CurrentDomain.ProcessExit += EndServer;
    }

    public string Folder => _folder.Path;

    public static async Task<TmuxTerminal> StartAsync(int columns = 80, int rows = 24, string term = "tmux-256color", params string[] variables)
    {
        var terminal = new TmuxTerminal();
        terminal._folder.Write("tmux.conf", $"set -g default-terminal {term}\nset -g escape-time 0\nset -g status off\nset -g history-limit 5000\n");
        await terminal.TmuxAsync(
            ["new-session", "-d", "-s", "t", "-x", Number(columns), "-y", Number(rows), "-c", terminal.Folder,
                "env", "LC_ALL=C.UTF-8", $"HOME={terminal.Folder}", "HISTFILE=/dev/null", $"PS1={ShellPrompt} ", .. variables, "bash", "--norc", "--noprofile"]);
        await terminal.ShowsAsync(ShellPrompt);
        return terminal;
    }

    /// <summary>The same, and in it a run of a scene with the terminal UI.</summary>
    public static async Task<TmuxTerminal> StartAsync(StopScene scene, string options = "")
    {
        var terminal = await StartAsync();
        await terminal.RunAsync(scene.CommandLine($"--tui {options}"));
        return terminal;
    }

    /// <summary>Runs a line in the shell, and after it shows <c>code N</c>.</summary>
    public async Task RunAsync(string line)
    {
        // From a file, so that the screen shows none of it.
        _folder.Write("line", line);
        await TypeAsync(". ./line; echo \"code $?\"", "Enter");
    }

    /// <summary>Presses keys; what is no name of a key is typed.</summary>
    public Task TypeAsync(params string[] keys) => TmuxAsync(["send-keys", "-t", "t", "--", .. keys]);

    /// <summary>Sends bytes as a terminal would.</summary>
    public Task SendAsync(string text) => TmuxAsync(["send-keys", "-t", "t", "-l", "--", text]);

    public Task ResizeAsync(int columns, int rows) => TmuxAsync(["resize-window", "-t", "t", "-x", Number(columns), "-y", Number(rows)]);

    /// <summary>The screen as text.</summary>
    public Task<string> ScreenAsync() => TmuxAsync(["capture-pane", "-p", "-t", "t"]);

    /// <summary>The screen with its colours, as SGR sequences.</summary>
    public Task<string> ColoredScreenAsync() => TmuxAsync(["capture-pane", "-p", "-e", "-t", "t"]);

    /// <summary>The screen and all that scrolled out of it.</summary>
    public Task<string> HistoryAsync() => TmuxAsync(["capture-pane", "-p", "-J", "-S", "-", "-t", "t"]);

    /// <summary>What tmux knows of the terminal, by its format's name: whether it shows the alternate screen, the cursor, mouse reports.</summary>
    public async Task<string> StateAsync(string format) => (await TmuxAsync(["display-message", "-p", "-t", "t", format])).TrimEnd('\n');

    /// <summary>Waits until the screen shows all of these texts; returns it.</summary>
    public Task<string> ShowsAsync(params string[] texts) =>
        ShowsAsync(screen => texts.All(text => screen.Contains(text, StringComparison.Ordinal)), string.Join(" | ", texts));

    /// <summary>Waits until the screen does not show a text any more; returns it.</summary>
    public Task<string> HidesAsync(string text) => ShowsAsync(screen => !screen.Contains(text, StringComparison.Ordinal), $"no {text}");

    public async Task<string> ShowsAsync(Func<string, bool> holds, string what)
    {
        var clock = Stopwatch.StartNew();
        for (var pause = ShortestPause; ; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks)))
        {
            var screen = await ScreenAsync();
            if (holds(screen))
                return screen;
            Assert.True(clock.Elapsed < Limit, $"the screen never shows: {what}\n{screen}");
            await Task.Delay(pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for the end of the line that <see cref="RunAsync"/> runs, and for the terminal to be as a shell needs it; returns all that was shown.</summary>
    public async Task<string> EndsAsync(int code)
    {
        await ShowsAsync($"code {code}", ShellPrompt);
        Assert.Equal("0", await StateAsync("#{alternate_on}"));
        Assert.Equal("1", await StateAsync("#{cursor_flag}"));
        Assert.Equal("0", await StateAsync("#{mouse_any_flag}"));
        var shown = await HistoryAsync();
        await RunAsync("stty -a | tr ' ;' '\\n\\n' | grep -xE '(-?icanon|-?echo|-?isig|-?opost|-?icrnl)' | sort | tr '\\n' ' '");
        await ShowsAsync("echo icanon icrnl isig opost code 0");
        return shown;
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= EndServer;
        await TmuxAsync(["kill-server"]);
        _folder.Dispose();
    }

    private void EndServer(object? sender, EventArgs e)
    {
        using var end = Process.Start("tmux", ["-S", _folder["tmux"], "kill-server"]);
        end.WaitForExit();
    }

    private async Task<string> TmuxAsync(IReadOnlyList<string> arguments)
    {
        var result = await ProgramRun.RunAsync(
            new ProgramStart("tmux", ["-S", _folder["tmux"], "-f", _folder["tmux.conf"], .. arguments]).WithVariable("TMUX", null).WithVariable("LC_ALL", "C.UTF-8"), Limit);
        return result.ExitCode == 0 ? result.Stdout : throw new IOException($"tmux {string.Join(' ', arguments)}: {result}");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
