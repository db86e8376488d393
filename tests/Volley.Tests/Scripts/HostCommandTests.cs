using System.Collections.Immutable;
using System.Text;
using Volley.Interop.Text;
using Volley.Scripts;
using Xunit;

namespace Volley.Tests.Scripts;

/// <summary>Command lines that set variables and enter a directory, given to the shells that are login shells.</summary>
public sealed class HostCommandTests : IDisposable
{
    private const string PrintAll = "sh -c 'printf \"<%s>\" \"$A\" \"$B\" \"$C\"; pwd'";

    // The line feed is a case of its own: a csh can't have it in a word.
    private static readonly string AllBytes =
        SystemText.Decode([.. Enumerable.Range(1, 255).Where(value => value != '\n').Select(value => (byte)value)]);

    private readonly string _folder = Directory.CreateTempSubdirectory("volley-host-").FullName;

    public static TheoryData<string> Shells => ["sh", "bash", "zsh", "tcsh", "fish", "env LC_ALL=C.UTF-8 fish", "dash", "busybox sh"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task EveryByteArrivesInEveryShell(string shell)
    {
        string[] values = [AllBytes, "it's \\ ! \"q\" $HOME `id` !x ^a^b ~ * {a,b} \\' a\\", ""];
        var command = HostCommand.Create(Job(PrintAll, values) with { WorkingDirectory = _folder }, mayHaveTerminal: false);
        Assert.Empty(command.Preamble);
        Assert.Equal($"<{values[0]}><{values[1]}><{values[2]}>{_folder}\n", await RunAsync(shell, command));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task LineFeedsAndSecretsAreReadFromInput(string shell)
    {
        // fish represents bytes that it can't decode as characters from U+F600.
        string[] values = ["one\nzwölf \uf6c3\n", AllBytes, "it's a secret: é"];
        var command = HostCommand.Create(Job(PrintAll + "; cat", values) with { WorkingDirectory = _folder, Secrets = ["C"] }, mayHaveTerminal: false);
        Assert.DoesNotContain("secret", command.CommandLine, StringComparison.Ordinal);
        Assert.Equal($"<{values[0]}><{values[1]}><{values[2]}>{_folder}\nthe input", await RunAsync(shell, command, "the input"));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task ATerminalGetsThemOnTheCommandLine(string shell)
    {
        string[] values = ["one\nzwölf\n", AllBytes, "x"];
        var command = HostCommand.Create(Job(PrintAll, values) with { Terminal = new PseudoTerminal() }, mayHaveTerminal: true);
        Assert.Empty(command.Preamble);
        Assert.StartsWith($"<{values[0]}><{values[1]}><{values[2]}>", await RunAsync(shell, command), StringComparison.Ordinal);
    }

    /// <summary>bash and fish print the line of an error. It must be that of the user, without what precedes it.</summary>
    [Theory]
    [MemberData(nameof(Shells))]
    public async Task AnErrorInTheCommandShowsNothingElse(string shell)
    {
        foreach (var line in new[] { "echo )", "echo \"a", "no-such-program é", "if true; then" })
        {
            foreach (var value in new[] { "the value é", "two\nlines of the value é" })
            {
                var command = HostCommand.Create(Job(line, value) with { WorkingDirectory = _folder }, mayHaveTerminal: false);
                var output = await RunAsync(shell, command);
                Assert.NotEmpty(output);
                Assert.DoesNotContain("value", output, StringComparison.Ordinal);
                Assert.DoesNotMatch("export|etenv|e''val|SHELL|HOME|set -gx|t''est", output);
            }
        }
    }

    [Fact]
    public async Task ManyVariablesAreReadFromInput()
    {
        var variables = Enumerable.Range(0, 300).ToDictionary(number => $"V{number}", number => new string('x', 100) + number);
        var command = HostCommand.Create(CommandJob.Shell("printf %s \"$V299\"") with { Environment = variables.ToImmutableDictionary() }, mayHaveTerminal: false);
        Assert.InRange(command.CommandLine.Length, 1, 100);
        Assert.Equal(variables["V299"], await RunAsync("sh", command));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task AProgramGetsItsArgumentsUnchanged(string shell)
    {
        var hostile = $"two\nlines \\n \\c 100%d {AllBytes}";
        var job = CommandJob.Program("printf", "<%s>", "a  b", "$A", hostile, "zwölf") with { Environment = Variables("1", "\n", "3") };
        Assert.Equal($"<a  b><$A><{hostile}><zwölf>", await RunAsync(shell, HostCommand.Create(job, mayHaveTerminal: false)));
        // On the command line, which is not much longer for a line feed.
        var line = HostCommand.Create(job with { Environment = Variables("1") }, mayHaveTerminal: false);
        Assert.Empty(line.Preamble);
        Assert.InRange(line.CommandLine.Length, 0, 1000);
        Assert.Equal($"<a  b><$A><{hostile}><zwölf>", await RunAsync(shell, line));
    }

    [Fact]
    public void ANameThatNoShellCanSetIsAFailure()
    {
        var job = CommandJob.Shell("true") with { Environment = ImmutableDictionary<string, string>.Empty.Add("a.b; reboot", "1") };
        var failure = Assert.Throws<TransportException>(() => HostCommand.Create(job, mayHaveTerminal: false));
        Assert.Equal((NodeOutcome.ConnectFailed, "a shell can't set a variable of the name 'a.b; reboot'"), (failure.Outcome, failure.Message));
    }

    [Fact]
    public async Task ACommandWithoutVariablesIsSentAsItStands()
    {
        var transport = new LineTransport();
        var plan = new RunPlan([new Target("a")], CommandJob.Shell("show version"));
        Assert.Equal("show version", await transport.RunAsync(plan));
        plan = new RunPlan([new Target("a")], CommandJob.Shell("x") with { TargetEnvironment = target => new Dictionary<string, string> { ["H"] = target.Host } });
        Assert.EndsWith(
            $" || {LoginShell.Eval} {LoginShell.Quote("s''etenv H a")}; {LoginShell.Check([KeyValuePair.Create("H", "a")])}\nx", await transport.RunAsync(plan), StringComparison.Ordinal);
    }

    private static CommandJob Job(string line, params string[] values) => CommandJob.Shell(line) with { Environment = Variables(values) };

    private static ImmutableDictionary<string, string> Variables(params string[] values) =>
        values.Select((value, index) => KeyValuePair.Create(((char)('A' + index)).ToString(), value)).ToImmutableDictionary();

    [Theory]
    [InlineData("tcsh")]
    [InlineData("zsh")]
    public async Task AliasesOfUsersDoNotMatter(string shell)
    {
        var aliases = new[] { "chdir", "setenv", "test", "eval", "exec", "cd" };
        File.WriteAllLines(Path.Combine(_folder, ".cshrc"), aliases.Select(name => $"alias {name} 'echo no {name}'"));
        File.WriteAllLines(Path.Combine(_folder, ".zshenv"), aliases.Select(name => $"alias {name}='echo no {name}'"));
        var command = HostCommand.Create(Job("echo \"<$A>\"; pwd", "it's") with { WorkingDirectory = "/usr/lib" }, mayHaveTerminal: false);
        Assert.Equal("<it's>\n/usr/lib\n", await RunAsync($"env HOME={_folder} {shell}", command));
        command = HostCommand.Create(Job("echo ran", "it's") with { WorkingDirectory = "/nowhere" }, mayHaveTerminal: false);
        Assert.DoesNotContain("ran", await RunAsync($"env HOME={_folder} {shell}", command), StringComparison.Ordinal);
    }

    /// <summary>What start-up files of users set does not matter: errors at unset variables, and a variable of the name that csh has.</summary>
    [Theory]
    [InlineData("bash -u")]
    [InlineData("dash -u")]
    [InlineData("zsh -u")]
    [InlineData("env shell=/bin/bash bash")]
    [InlineData("env shell=/bin/zsh zsh")]
    public async Task SettingsOfUsersDoNotMatter(string shell) =>
        Assert.Equal("<it's>\n", await RunAsync(shell, HostCommand.Create(CommandJob.Shell("echo \"<$A>\"") with { Environment = Variables("it's") }, mayHaveTerminal: false)));

    /// <summary>Each shell has variables of its own, and a start-up file may make others read-only. A command never runs with another value.</summary>
    [Theory]
    [InlineData("bash", "UID,EUID,PPID,BASHPID,RANDOM,SECONDS,GROUPS,FUNCNAME")]
    [InlineData("zsh", "UID,GID,status,pipestatus,path,options,USERNAME,HISTCMD,argv,COLUMNS")]
    [InlineData("tcsh", "status,path,user,version,argv,cwd")]
    [InlineData("fish", "status,hostname,version,history,umask,SHLVL")]
    [InlineData("busybox sh", "RANDOM,EPOCHSECONDS")]
    [InlineData("dash", "OPTIND")]
    [InlineData("env BASH_ENV=FILE bash", "MINE")]
    [InlineData("env ZDOTDIR=FOLDER zsh", "MINE")]
    public async Task AVariableOfTheShellItselfIsRefused(string shell, string names)
    {
        var folder = Directory.CreateTempSubdirectory("volley-shell-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, ".zshenv"), "readonly MINE=1\n");
            shell = shell.Replace("FILE", Path.Combine(folder.FullName, ".zshenv"), StringComparison.Ordinal)
                .Replace("FOLDER", folder.FullName, StringComparison.Ordinal);
            foreach (var name in names.Split(','))
            {
                var job = CommandJob.Shell($"echo \"ran ${name}\"") with { Environment = ImmutableDictionary<string, string>.Empty.Add("A", "1").Add(name, "x7") };
                Assert.DoesNotContain("ran", await RunAsync(shell, HostCommand.Create(job, mayHaveTerminal: false)), StringComparison.Ordinal);
                // A value on standard input is set by sh, and the shell, which is started after that, accepts some.
                job = job with { Environment = job.Environment.Add("B", "two\nlines") };
                var output = await RunAsync(shell, HostCommand.Create(job, mayHaveTerminal: false));
                Assert.True(output == "ran x7\n" || !output.Contains("ran", StringComparison.Ordinal), $"{name}: {output}");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Start-up files may replace <c>cd</c>.</summary>
    [Theory]
    [InlineData("sh", "cd() { echo FAKE; };")]
    [InlineData("bash", "cd() { echo FAKE; };")]
    [InlineData("zsh", "cd() { echo FAKE; }; alias cd='echo FAKE';")]
    [InlineData("tcsh", "alias cd 'echo FAKE';")]
    [InlineData("fish", "function cd; echo FAKE; end;")]
    [InlineData("dash", "cd() { echo FAKE; };")]
    [InlineData("busybox sh", "cd() { echo FAKE; };")]
    public async Task TheDirectoryIsEnteredWhateverReplacesCd(string shell, string start)
    {
        using var home = new HomeFolder();
        foreach (var (path, expected) in new[] { (home.Below, home.Below), ("~/a b", home.Below), ("~", home.Path), ("~root/", "/root"), ("/usr/lib", "/usr/lib") })
        {
            var command = HostCommand.Create(CommandJob.Shell("pwd") with { WorkingDirectory = path }, mayHaveTerminal: false);
            var run = await RunAsync($"env HOME={home.Path} {shell}", command with { CommandLine = $"{start} {command.CommandLine}" });
            Assert.Equal(expected + "\n", run);
        }

        foreach (var path in new[] { "~/none", "~nosuchuser/x", "./~", "none" })
        {
            var command = HostCommand.Create(CommandJob.Shell("echo ran") with { WorkingDirectory = path }, mayHaveTerminal: false);
            Assert.DoesNotContain("ran", await RunAsync($"env HOME={home.Path} {shell}", command), StringComparison.Ordinal);
        }
    }

    private sealed class HomeFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("volley-home-");

        public HomeFolder() => Directory.CreateDirectory(Below);

        public string Path => _folder.FullName;

        public string Below => $"{Path}/a b";

        public void Dispose() => _folder.Delete(recursive: true);
    }

    private static async Task<string> RunAsync(string shell, HostCommand command, string input = "")
    {
        string[] words = [.. shell.Split(' '), "-c", command.CommandLine];
        // sshd sets it.
        string[] program = words[0] == "env" ? words[2..] : words;
        var login = $"SHELL=/bin/{program[program[0] == "busybox" ? 1 : 0]}";
        // As of a server that accepts no variable of the client.
        var (job, transport) = (CommandJob.Program("env", ["-u", "LANG", "LC_ALL=C", login, .. words]), new ExecTransport());
        await using var session = await transport.ConnectAsync(new Target("a"), TestContext.Current.CancellationToken);
        using var stream = new MemoryStream([.. command.Preamble, .. Encoding.UTF8.GetBytes(input)]);
        using var source = StandardInput.FromStream(stream);
        var executor = new ParallelExecutor(transport);
        var output = new MemoryStream();
        await foreach (var nodeEvent in executor.RunAsync(new RunPlan([new Target("a")], job with { Input = source }), cancellationToken: TestContext.Current.CancellationToken))
        {
            if (nodeEvent is NodeOutput data)
                output.Write(data.Data.Span);
        }

        return SystemText.Decode(output.ToArray());
    }

    /// <summary>Records the command line that a server would get.</summary>
    private sealed class LineTransport : ITransport, ISession
    {
        private string? _line;

        public async Task<string?> RunAsync(RunPlan plan)
        {
            await new ParallelExecutor(this).RunToEndAsync(plan, cancellationToken: TestContext.Current.CancellationToken);
            return _line;
        }

        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new(this);

        public ValueTask PingAsync(CancellationToken cancellationToken) => default;

        public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
        {
            Assert.Empty(command.Environment);
            _line = command.CommandLine;
            return new(LocalProcess.CreateUnstarted("", 0));
        }

        public ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
