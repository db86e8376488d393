using Volley.Cli.Tests.Tui;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Completion;

/// <summary>A user with known hosts, a configuration and groups, and the interactive shells in which this user completes command lines.</summary>
public sealed class CompletionScene : IAsyncLifetime
{
    private const string Prompt = "SHELL>";

    private readonly Dictionary<string, TmuxTerminal> _terminals = [];

    public CompletionScene()
    {
        // Programs of sources run only from directories that no other user can write to.
        File.SetUnixFileMode(Folder.Path, (UnixFileMode)0b111_101_101);
        // Without generated_completions, the first fish parses all manual pages.
        foreach (var directory in new[] { "bin", "groups.d", ".config/volley", ".config/fish", "files/deep", ".local/share/fish/generated_completions" })
            Directory.CreateDirectory(Folder[directory]);
        Folder.WriteProgram("bin/volley", $"exec '{BuiltProgram.Path}' \"$@\"");
        Folder.Write("known", """
            gate1,10.0.0.1 ssh-ed25519 AAAA
            [alt]:2222,[10.0.0.2]:2222 ssh-ed25519 AAAA
            fe80::1 ssh-ed25519 AAAA
            |1|hhhhhhhhhhhhhhhhhhhhhhhhhhg=|hhhhhhhhhhhhhhhhhhhhhhhhhhg= ssh-ed25519 AAAA
            *.pattern ssh-ed25519 AAAA
            @revoked revoked ssh-ed25519 AAAA
            # comment ssh-ed25519 AAAA

            """ + $"evil$(touch${{IFS}}{Folder["ran"]}) ssh-ed25519 AAAA\nevil'quote ssh-ed25519 AAAA\nevil`touch\ttab ssh-ed25519 AAAA\nevil\e]0;title\a ssh-ed25519 AAAA\n-evil ssh-ed25519 AAAA\n");
        Folder.Write("ssh_config", $"Host web1 web2 db1 !no *.example\nHost *\n  UserKnownHostsFile {Folder["known"]}\n  GlobalKnownHostsFile none\n");
        Folder.Write(".config/volley/config.yaml", $$$"""
            defaults: {ssh-config: {{{Folder["ssh_config"]}}}}
            clusters:
              web: {nodes: ['web[1-4]', web9]}
              database: {nodes: ['db[1-2]']}
            profiles:
              careful: {parallel: 2, fail-fast: true}

            """);
        Folder.Write("groups.conf", """
            [Main]
            autodir: $CFGDIR/groups.d
            [broken]
            map: false
            list: echo trouble >&2; exit 3
            [slow]
            map: false
            list: sleep 30; echo late

            """);
        Folder.Write("groups.d/racks.yaml", "rack: {racka: n1, rackb: n2}\n");
        Folder.Write("files/a b,c.txt", "");
        Folder.Write("files/it's", "");
        Folder.Write("files/evil\e[31m", "");
        Folder.Write("files/deep/key", "");
    }

    internal ScratchFolder Folder { get; } = new();

    private (string Name, string Value)[] Variables =>
    [
        ("HOME", Folder.Path), ("XDG_CONFIG_HOME", Folder[".config"]), ("XDG_DATA_HOME", Folder[".local/share"]),
        ("CLUSTERSHELL_CFGDIR", Folder.Path), ("ANSIBLE_INVENTORY", Folder["none"]), ("PDSH_GENDERS_FILE", Folder["none"]),
        ("PATH", $"{Folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}"),
    ];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Returns the answer of the program to a completion script.</summary>
    public async Task<string[]> AskAsync(params IReadOnlyList<string> arguments)
    {
        var start = VolleyRun.Start(arguments) with { WorkingDirectory = Folder.Path };
        var result = await ProgramRun.RunAsync(Variables.Aggregate(start, (before, one) => before.WithVariable(one.Name, one.Value)));
        Assert.Equal("", result.Stderr);
        Assert.Equal(0, result.ExitCode);
        return VolleyRun.Lines(result.Stdout.TrimEnd('\n'));
    }

    /// <summary>Types a text and Tab in an interactive shell, and returns the command line after that.</summary>
    public async Task<string> CompleteAsync(string shell, string typed)
    {
        var terminal = await StartShellAsync(shell);
        var line = Folder["line"];
        File.Delete(line);
        await terminal.SendAsync(typed);
        await terminal.TypeAsync("Tab", "C-x", "C-d");
        for (var i = 0; !File.Exists(line); i++)
        {
            Assert.True(i < 600, $"no line after Tab\n{await terminal.ScreenAsync()}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        return await File.ReadAllTextAsync(line, TestContext.Current.CancellationToken);
    }

    /// <summary>Types a text and Tab in an interactive shell, waits for texts on the screen, and clears the line.</summary>
    public async Task ShowsAsync(string shell, string typed, params string[] texts)
    {
        var terminal = await StartShellAsync(shell);
        await terminal.SendAsync(typed);
        await terminal.TypeAsync("Tab");
        if (shell == "bash")
            await terminal.TypeAsync("Tab");
        await terminal.ShowsAsync(texts);
        // The end of the list, then that of the line.
        await terminal.TypeAsync("C-c", "C-c");
        await terminal.TypeAsync("C-l");
        await terminal.ShowsAsync(screen => screen.Trim() == Prompt, "an empty line");
    }

    /// <summary>Starts an interactive shell with the completion of the program, unless it runs already.</summary>
    private async Task<TmuxTerminal> StartShellAsync(string shell)
    {
        if (_terminals.TryGetValue(shell, out var running))
            return running;
        var terminal = await TmuxTerminal.StartAsync(100, 60, "tmux-256color", [.. Variables.Select(one => $"{one.Name}={one.Value}")]);
        _terminals.Add(shell, terminal);
        const string Save = "mv -f \"$HOME/line.new\" \"$HOME/line\"";
        var (file, lines, command) = shell switch
        {
            "bash" => ("rc.bash", $$"""
                bind 'set bell-style none'
                source <(volley completion bash)
                save() { printf %s "$READLINE_LINE" >"$HOME/line.new"; {{Save}}; READLINE_LINE=; }
                bind -x '"\C-x\C-d": save'
                PS1='{{Prompt}} '

                """, $"bash --noprofile --rcfile {Folder["rc.bash"]} -i"),
            "zsh" => (".zshrc", $$"""
                source <(volley completion zsh)
                save() { print -rn -- "$BUFFER" >"$HOME/line.new"; {{Save}}; BUFFER=; }
                zle -N save
                bindkey '^X^D' save
                PS1='{{Prompt}} '

                """, $"env ZDOTDIR={Folder.Path} zsh -d -i"),
            _ => (".config/fish/config.fish", $$"""
                set fish_greeting
                volley completion fish | source
                function save
                    commandline >"$HOME/line.new"
                    {{Save}}
                    commandline ''
                end
                bind \cx\cd save
                function fish_prompt
                    echo '{{Prompt}} '
                end

                """, "fish -i"),
        };
        Folder.Write(file, lines);
        await terminal.RunAsync($"cd {Folder.Path}; clear; exec {command}");
        await terminal.ShowsAsync(Prompt);
        return terminal;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var terminal in _terminals.Values)
            await terminal.DisposeAsync();
        Folder.Dispose();
    }
}
