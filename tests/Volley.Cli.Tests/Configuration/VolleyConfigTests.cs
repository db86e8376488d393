using System.Text.Json;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>Options that configuration files and variables set.</summary>
public sealed class VolleyConfigTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EachPlacePrecedesTheNext()
    {
        WriteConfig("""
            defaults: { main-rank: n1, transport: exec, any-failure: true }
            profiles:
              second: { main_rank: n2, any_failure: false }
            """);
        // The code of a host is its number, and that of the main rank is the run's.
        Assert.Equal(3, await CodeAsync("-H", "n[1-3]"));
        Assert.Equal(1, await CodeAsync("--no-any-failure", "-H", "n[1-3]"));
        Assert.Equal(2, await CodeAsync("--profile", "second", "-H", "n[1-3]"));
        Assert.Equal(3, await CodeAsync("--profile", "second", "--main-rank", "n3", "-H", "n[1-3]"));
        Assert.Equal(3, (await RunAsync(["--profile", "second", "-H", "n[1-3]", .. Command], ("VOLLEY_MAIN_RANK", "n3"))).ExitCode);
        Assert.Equal(2, (await RunAsync(["-H", "n[1-3]", .. Command], ("VOLLEY_PROFILE", "second"))).ExitCode);
        Assert.Equal(1, (await RunAsync(["--profile", "second", "--main-rank", "n1", "-H", "n[1-3]", .. Command], ("VOLLEY_MAIN_RANK", "n3"))).ExitCode);
    }

    [Fact]
    public async Task AnOptionOfTheCommandLineReplacesItsRivalInAFile()
    {
        WriteConfig("defaults: { transport: exec, gather: true, diff: true, any_failure: true, hosts: 'n[1-2]' }\n");
        Assert.Equal("n2: x\nn3: x\n", await SortedAsync("--output", "stream", "-H", "n[2-3]", "echo", "x"));
        Assert.Equal("---------------\nn[1-2] (2)\n---------------\nx\n", (await RunAsync(["run", "echo", "x"])).Stdout);
        Assert.Equal(1, await CodeAsync("--require-all-success"));
        Assert.Equal(2, await CodeAsync());
    }

    [Theory]
    // Without effect in this run, and not refused, as no line of the command says it.
    [InlineData("{ transport: exec, keep: 1m, password: true, jump: gate, tty: true }", "-H n1 echo x", "n1: x\n")]
    [InlineData("{ transport: exec, interpreter: bash, overwrite: true, sort: nodes, live: true }", "-H n1 echo x", "n1: x\n")]
    [InlineData("{ transport: exec, seed: 5 }", "-H n1 echo x", "n1: x\n")]
    [InlineData("{ transport: exec, output: tui }", "-H n1 echo x", "n1: x\n")]
    [InlineData("{ transport: exec, tui: true, progress: always }", "-H n1 --output gather -q echo x", "---------------\nn1 (1)\n---------------\nx\n")]
    [InlineData("{ transport: exec, stdin: true }", "-H - cat <<'IN'\nn1\nIN\n", "")]
    [InlineData("{ transport: exec, stdin: true }", "-H n1 cat <<'IN'\nx\nIN\n", "n1: x\n")]
    [InlineData("{ transport: exec, stdin: true, interpreter: bash }", "-H n1 --script /dev/fd/3 3<<'IN'\n#!/bin/sh\necho x $BASH\nIN\n", "n1: x\n")]
    [InlineData("{ transport: exec, no_prefix: true }", "-H n1 echo x", "x\n")]
    [InlineData("{ transport: exec, no_prefix: true }", "--prefix -H n1 echo x", "n1: x\n")]
    [InlineData("{ transport: exec, no_prefix: false }", "-H n1 echo x", "n1: x\n")]
    [InlineData("{ transport: exec, env: [A=1, B=2] }", "-H n1 sh -c 'echo $A$B'", "n1: 12\n")]
    [InlineData("{ transport: exec, env: [A=1, B=2] }", "--env A=3 -H n1 sh -c 'echo $A$B'", "n1: 3\n")]
    [InlineData("{ transport: '${HOW:-exec}' }", "-H n1 echo x", "n1: x\n")]
    public async Task DefaultsApplyWhereTheyCan(string defaults, string line, string output)
    {
        WriteConfig($"defaults: {defaults}\n");
        var result = await ProgramRun.RunAsync(ProgramStart.Shell($"'{BuiltProgram.Path}' {line}") with { Environment = Environment });
        Assert.Equal((output, "", 0), (result.Stdout, result.Stderr, result.ExitCode));
    }

    [Theory]
    [InlineData("defaults:\n  paralel: 3\n", "FILE line 2: unknown key 'paralel'; did you mean 'parallel'?")]
    [InlineData("defualts:\n  parallel: 3\n", "FILE line 1: unknown key 'defualts'; did you mean 'defaults'?")]
    [InlineData("defaults:\n  parallel: none\n", "FILE line 2: --parallel takes a whole number of at least 1, not 'none'")]
    [InlineData("defaults:\n  fail_fast: maybe\n", "FILE line 2: --fail-fast takes true or false, not 'maybe'")]
    [InlineData("defaults:\n  parallel: [1, 2]\n", "FILE line 2: --parallel takes one value, not 2")]
    [InlineData("defaults:\n  any_failure: true\n  check_all_nodes: true\n", "FILE line 3: --check-all-nodes and --any-failure are mutually exclusive; choose one")]
    [InlineData("defaults:\n  user: ${NOBODY_HAS_SET}\n", "FILE line 2: the variable NOBODY_HAS_SET is not set; set it, or write ${NOBODY_HAS_SET:-default}")]
    [InlineData("defaults: [\n", "FILE line ")]
    public async Task AnErrorOfAFileNamesItsLine(string text, string message)
    {
        var file = WriteConfig(text);
        var result = await RunAsync(["--transport", "exec", "-H", "n1", "touch", _folder["ran"]]);
        Assert.StartsWith($"volley: {message.Replace("FILE", file, StringComparison.Ordinal)}", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(("", 2, 1), (result.Stdout, result.ExitCode, result.Stderr.Count(c => c == '\n')));
        Assert.False(File.Exists(_folder["ran"]));
    }

    [Theory]
    [InlineData("--config none -H n1 echo x", "n1: x\n", "")]
    [InlineData("--config none --profile q -H n1 echo x", "", "volley: unknown profile 'q'; there is no configuration file\n")]
    [InlineData("-H n1 --seed 3 echo x", "", "volley: --seed requires --pick or --order random\n")]
    [InlineData("-H n1 --stdin --tui echo x", "", "volley: the terminal UI needs a terminal as standard input and output; without one use --output normal, stream, gather or json\n")]
    public async Task OnlyTheCommandLineIsRefusedForWhatDoesNotApply(string line, string output, string message)
    {
        WriteConfig("profiles: { p: { parallel: 1 } }\n");
        var result = await RunAsync(
            ["--transport", "exec", .. line.Split(' ')],
            ("VOLLEY_SEED", "5"), ("VOLLEY_PROFILE", line.Contains("none", StringComparison.Ordinal) ? "p" : ""), ("VOLLEY_TUI", "true"), ("VOLLEY_STDIN", "true"));
        Assert.Equal((output, message), (result.Stdout, result.Stderr));
    }

    [Fact]
    public async Task EveryVerbReadsTheSameFiles()
    {
        WriteConfig("defaults: { paralel: 1 }\n");
        var other = _folder.Write("other.yaml", $"clusters: {{ c: {{ nodes: [c1] }} }}\nprofiles: {{ p: {{ inventory: {_folder.Write("more.ini", "[app]\na1\n")} }} }}\n");
        var ssh = _folder.Write("ssh_config", "Host edge1\n");
        foreach (var options in new[] { "hosts @c", "list cluster", "connections --close @c", "config", "-H @c --transport exec true" })
        {
            // The verb stays in front.
            var words = options.Split(' ');
            var verb = words[0][0] == '-' ? [] : words[..1];
            Assert.Equal(0, (await RunAsync([.. verb, "--config", other, .. words[verb.Length..]])).ExitCode);
            Assert.Equal(0, (await RunAsync(words, ("VOLLEY_CONFIG", other))).ExitCode);
            Assert.Equal(2, (await RunAsync(words)).ExitCode);
        }

        Assert.Equal("a1\n", (await RunAsync(["hosts", "--config", other, "--profile", "p", "@app"])).Stdout);
        Assert.Equal("a1\n", (await RunAsync(["hosts", "@app"], ("VOLLEY_CONFIG", other), ("VOLLEY_PROFILE", "p"))).Stdout);
        Assert.Equal("edge1\n", (await RunAsync(["hosts", "--config", "none", "-F", ssh, "@ssh:*"])).Stdout);
        Assert.Equal("edge1\n", (await RunAsync(["hosts", "--config", "none", "@ssh:*"], ("VOLLEY_SSH_CONFIG", ssh))).Stdout);
        // No group is named, so that no file is read.
        Assert.Equal("n[1-3]\n", (await RunAsync(["hosts", "n[1-3]"])).Stdout);
        Assert.Equal(0, (await RunAsync(["connections"])).ExitCode);
    }

    [Fact]
    public async Task AnErrorOfAVariableNamesIt()
    {
        var result = await RunAsync(["--transport", "exec", "-H", "n1", "echo", "x"], ("VOLLEY_PARALLEL", "x"));
        Assert.Equal(("volley: VOLLEY_PARALLEL: --parallel takes a whole number of at least 1, not 'x'\n", 2), (result.Stderr, result.ExitCode));
    }

    [Theory]
    [InlineData("VOLLEY_OVERWRITE", "x")]
    [InlineData("VOLLEY_PASSWORD", "x")]
    [InlineData("VOLLEY_SCRIPT", "/nonexistent")]
    [InlineData("VOLLEY_HOST", "n9")]
    [InlineData("VOLLEY_RUN", "x")]
    [InlineData("VOLLEY_MAIN", "x")]
    [InlineData("VOLLEY_PARALLEL", "")]
    public async Task AVariableThatNamesNoOptionIsNotRead(string name, string value)
    {
        var result = await RunAsync(["--transport", "exec", "-H", "n1", "echo", "x"], (name, value));
        Assert.Equal(("n1: x\n", "", 0), (result.Stdout, result.Stderr, result.ExitCode));
    }

    [Theory]
    [InlineData("a profle", "unknown profile 'a profle'; did you mean 'a profile'?")]
    [InlineData("x", "unknown profile 'x'; the profiles are a profile, other")]
    public async Task AProfileThatDoesNotExistIsAnError(string name, string message)
    {
        WriteConfig("profiles: { other: { parallel: 1 }, a profile: { parallel: 2 } }\n");
        var result = await RunAsync(["--profile", name, "--transport", "exec", "-H", "n1", "echo", "x"]);
        Assert.Equal(($"volley: {message}\n", "", 2), (result.Stderr, result.Stdout, result.ExitCode));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task AFileThatOthersCanWriteIsRefused(UnixFileMode mode)
    {
        var file = WriteConfig("defaults: { transport: exec }\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
        foreach (var options in new string[][] { [], ["--config", file] })
        {
            var result = await RunAsync([.. options, "-H", "n1", "echo", "x"]);
            Assert.Equal(($"volley: {file}: others can write to it; correct it with: chmod go-w {file}\n", "", 2), (result.Stderr, result.Stdout, result.ExitCode));
        }
    }

    [Fact]
    public async Task OneFileCanReplaceTheOthers()
    {
        WriteConfig("defaults: { paralel: 1 }\n");
        var other = _folder.Write("other.yaml", "defaults: { transport: exec, no-prefix: true }\n");
        Assert.Equal("x\n", (await RunAsync(["--config", other, "-H", "n1", "echo", "x"])).Stdout);
        Assert.Equal("x\n", (await RunAsync(["-H", "n1", "echo", "x"], ("VOLLEY_CONFIG", other))).Stdout);
        Assert.Equal("n1: x\n", (await RunAsync(["--config", "none", "--transport", "exec", "-H", "n1", "echo", "x"])).Stdout);
        var missing = await RunAsync(["--config", "/no/such/file", "-H", "n1", "echo", "x"]);
        Assert.Equal(("volley: /no/such/file: can't read it: No such file or directory\n", 2), (missing.Stderr, missing.ExitCode));
    }

    [Fact]
    public async Task TheCurrentDirectoryIsNotSearched()
    {
        foreach (var name in new[] { "config.yaml", "volley.yaml", ".volley.yaml", "volley/config.yaml" })
        {
            Directory.CreateDirectory(_folder["volley"]);
            _folder.Write(name, "defaults: { paralel: 1 }\n");
        }

        var start = Start(["--transport", "exec", "-H", "n1", "echo", "x"]).WithVariable("XDG_CONFIG_HOME", ".") with { WorkingDirectory = _folder.Path };
        Assert.Equal("n1: x\n", (await ProgramRun.RunAsync(start)).Stdout);
    }

    [Fact]
    public async Task TheSystemsFileIsReadAfterTheUsers()
    {
        WriteConfig("defaults: { parallel: 7 }\n");
        Directory.CreateDirectory(_folder["etc"]);
        _folder.Write("etc/config.yaml", "defaults: { parallel: 8, retries: 2 }\n");
        var result = await ProgramRun.RunAsync(SystemFiles.Start(_folder["etc"], "config") with { Environment = Environment });
        Assert.Equal(("", 0), (result.Stderr, result.ExitCode));
        Assert.Matches($@"(?m)^parallel +7 +{_folder["config/volley/config.yaml"]} line 1$", result.Stdout);
        Assert.Matches("(?m)^retries +2 +/etc/volley/config.yaml line 1$", result.Stdout);
    }

    [Fact]
    public async Task BsshsFileIsAcceptedAsItIs()
    {
        var file = _folder.Write("bssh.yaml", """
            defaults:
              user: admin
              port: 22
              ssh_key: ~/.ssh/id_rsa
              parallel: 10
              timeout: 300
            interactive:
              default_mode: multiplex
            clusters:
              production:
                nodes:
                  - web1.example.com
                  - host: web2.example.com
                    port: 2222
                    user: deploy
                user: admin
                ssh_key: ~/.ssh/prod_key
                jump_host: bastion.example.com
            """);
        Directory.CreateDirectory(_folder[".ssh"]);
        _folder.Write(".ssh/id_rsa", "");
        var result = await RunAsync(["config", "check", file], ("HOME", _folder.Path));
        Assert.Equal(($"{file}: valid\n", 0), (result.Stdout, result.ExitCode));
        Assert.Equal($"volley: warning: {file} line 7: 'interactive' sets bssh's interactive sessions, and has no effect\n", result.Stderr);
        Assert.Equal("n1: x\n", (await RunAsync(["--config", file, "--transport", "exec", "-H", "n1", "echo", "x"])).Stdout);

        // The key of a cluster precedes the default one, which need not exist then.
        File.Delete(_folder[".ssh/id_rsa"]);
        result = await RunAsync(["--config", file, "-C", "production", "--dry-run", "true"], ("HOME", _folder.Path));
        Assert.Equal(0, result.ExitCode);
        result = await RunAsync(["--config", file, "-H", "n1", "--dry-run", "true"], ("HOME", _folder.Path));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{file} line 4: --identity {_folder[".ssh/id_rsa"]}: No such file or directory", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigShowsWhereEachValueComesFrom()
    {
        var file = WriteConfig("defaults:\n  parallel: 7\n  keep: 5m\n  retries: 3\nprofiles:\n  slow: { timeout: 1h }\nconfirm_above: 20\n");
        var result = await RunAsync(["config", "--profile", "slow", "--no-keep", "-vv", "-k"], ("VOLLEY_RETRIES", "5"));
        Assert.Equal(("", 0), (result.Stderr, result.ExitCode));
        foreach (var row in new[]
        {
            "OPTION +VALUE +ORIGIN", $"parallel +7 +{file} line 2", $"timeout +1h +profile slow, {file} line 6", "retries +5 +VOLLEY_RETRIES",
            "fail-fast +true +command line", "verbose +2 +command line", "keep +- +command line", "drain +250ms +built in", "batch +false +built in",
            "user +- +ssh_config", "connect-timeout +10 +ssh_config, else built in", $"confirm_above +20 +{file} line 7", "profile +slow +command line",
        })
        {
            Assert.Matches($"(?m)^{row}$", result.Stdout);
        }

        var json = JsonDocument.Parse((await RunAsync(["config", "--json", "--profile", "slow"], ("VOLLEY_RETRIES", "5"))).Stdout).RootElement;
        Assert.Equal([file], json.GetProperty("files").EnumerateArray().Select(value => value.GetString()));
        var rows = json.GetProperty("options").EnumerateArray().ToDictionary(row => row.GetProperty("option").GetString()!, row => row.GetRawText());
        Assert.Equal($$"""{"option":"timeout","values":["1h"],"origin":"profile","section":"slow","file":"{{file}}","line":6}""", rows["timeout"]);
        Assert.Equal("""{"option":"retries","values":["5"],"origin":"environment","variable":"VOLLEY_RETRIES"}""", rows["retries"]);
        Assert.Equal("""{"option":"drain","values":["250ms"],"origin":"built in"}""", rows["drain"]);
    }

    [Fact]
    public async Task ConfigCheckReportsEveryError()
    {
        var file = WriteConfig("defaults:\n  parallel: x\n  timeout: y\nprofiles:\n  p: { output: z }\nclusters:\n  c: { nodes: [a], port: 99999 }\ninventories: [/no/such]\n");
        var result = await RunAsync(["config", "check"], ("VOLLEY_RETRIES", "-1"));
        Assert.Equal(
        [
            "volley: VOLLEY_RETRIES: --retries takes a whole number from 0 to 1000, not '-1'",
            $"volley: {file} line 2: --parallel takes a whole number of at least 1, not 'x'",
            $"volley: {file} line 3: --timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not 'y'; or a multiple of the median, such as 5x",
            $"volley: {file} line 5: --output takes normal, stream, gather, json, tui or none, or several with commas, not 'z'",
            $"volley: {file} line 7: --port takes a whole number from 1 to 65535, not '99999'",
            $"volley: {file} line 8: there is no inventory /no/such",
        ],
        VolleyRun.Lines(result.Stderr));
        Assert.Equal(("", 2), (result.Stdout, result.ExitCode));
    }

    [Theory]
    [InlineData("config x", "unexpected 'x'; config takes options of a run, or: volley config check [FILE...]")]
    [InlineData("config --jsn", "unknown option --jsn; did you mean --json? Or see volley --help")]
    [InlineData("config check --json", "unexpected '--json'; config check takes the names of files only")]
    public async Task ConfigRefusesOtherArguments(string line, string message)
    {
        var result = await RunAsync(line.Split(' '));
        Assert.Equal(($"volley: {message}\n", "", 2), (result.Stderr, result.Stdout, result.ExitCode));
    }

    [Fact]
    public async Task ThePdshFrontEndReadsNeitherFilesNorVariables()
    {
        WriteConfig("defaults: { paralel: 1 }\n");
        var result = await RunAsync(["pdsh", "-R", "exec", "-w", "n1", "echo", "x"], ("VOLLEY_PARALLEL", "x"));
        Assert.Equal(("n1: x\n", "", 0), (result.Stdout, result.Stderr, result.ExitCode));
    }

    private static readonly string[] Command = ["sh", "-c", "exit ${0#n}", "%h"];

    private Dictionary<string, string?> Environment => new(VolleyRun.Start().Environment) { ["XDG_CONFIG_HOME"] = _folder["config"] };

    private string WriteConfig(string text)
    {
        Directory.CreateDirectory(_folder["config/volley"]);
        var file = _folder.Write("config/volley/config.yaml", text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    private ProgramStart Start(string[] arguments) => VolleyRun.Start(arguments) with { Environment = Environment };

    private Task<ProgramResult> RunAsync(string[] arguments, params (string Name, string Value)[] variables) =>
        ProgramRun.RunAsync(variables.Aggregate(Start(arguments), (start, variable) => start.WithVariable(variable.Name, variable.Value)));

    private async Task<int> CodeAsync(params string[] options) => (await RunAsync(["run", .. options, .. Command])).ExitCode;

    private async Task<string> SortedAsync(params string[] arguments) =>
        string.Concat(VolleyRun.Lines((await RunAsync(arguments)).Stdout).Order(StringComparer.Ordinal).Select(line => line + "\n"));
}
