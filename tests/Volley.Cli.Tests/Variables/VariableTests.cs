using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Variables;

/// <summary>The variables that every command has, --no-variables, --placeholders and --workdir on the built program.</summary>
public sealed class VariableTests(Fleet fleet) : IDisposable
{
    private const string Hostile = "'; touch ran; \"$(touch ran)\" `touch ran` %h";

    private readonly ScratchFolder _folder = new();

    public static TheoryData<string> Transports => ["native", "openssh", "exec"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ACommandKnowsItsPlace(string transport)
    {
        string[] words = ["echo $VOLLEY_HOST $VOLLEY_RANK/$VOLLEY_SIZE $VOLLEY_MAIN $VOLLEY_ATTR_MY_RACK $(printf %s $VOLLEY_RUN | wc -c) ${VOLLEY_ATTR_ANSIBLE_PORT-unset}"];
        var result = await VolleyRun.RunAsync(
            [.. Over(transport, "{my-rack: r 1, ansible_port: p}"), "--main-rank", "127.0.15.2", .. transport == "exec" ? ["sh", "-c"] : Array.Empty<string>(), .. words]);
        Assert.Equal("", VolleyRun.WithoutTotals(result.Stderr));
        Assert.Equal(
            ["127.0.15.1: 127.0.15.1 1/2 127.0.15.2 r 1 12 unset", "127.0.15.2: 127.0.15.2 0/2 127.0.15.2 r 1 12 unset"],
            VolleyRun.Lines(result.Stdout).Order());
    }

    [Fact]
    public async Task TorchrunWorksAsItStands()
    {
        // As torchrun does it, the node of rank 0 serves the address of the main host, and all nodes meet there.
        var meeting = _folder["meeting"];
        _folder.WriteProgram("torchrun", $$"""
            [ "$1 $3 $5 $7" = '--nnodes --node-rank --master-addr train.py' ] || exit 2
            [ "$2/$4/$6" = "$VOLLEY_SIZE/$VOLLEY_RANK/$VOLLEY_MAIN" ] || exit 3
            if [ "$4" = 0 ]; then
                [ "$VOLLEY_HOST" = "$6" ] || exit 4
                echo "$6" >{{meeting}}.$VOLLEY_RUN
            fi
            until [ "$(cat {{meeting}}.$VOLLEY_RUN 2>/dev/null)" = "$6" ]; do sleep 0.1; done
            echo "$4 of $2"
            """);
        var line = (await GuidePage.ReadAsync("variables.md")).Text.Split('\n').Single(one => one.Contains("torchrun", StringComparison.Ordinal)).Split('\'')[3];
        foreach (var (option, ranks) in new[] { ("127.0.15.1", "01"), ("127.0.15.2", "10") })
        {
            var result = await VolleyRun.RunAsync([.. Over("native"), "-q", "--main-rank", option, $"PATH={_folder.Path}:$PATH; {line}"]);
            Assert.Equal([$"127.0.15.1: {ranks[0]} of 2", $"127.0.15.2: {ranks[1]} of 2"], VolleyRun.Lines(result.Stdout).Order());
        }
    }

    [Fact]
    public async Task AScriptAndATerminalHaveThemToo()
    {
        var script = _folder.Write("script", "#!/usr/bin/env python3\nimport os, sys\nprint(os.environ['VOLLEY_RANK'], os.environ['A'], os.getcwd(), sys.argv[1:])\n");
        foreach (var transport in new[] { "native", "exec" })
        {
            var result = await VolleyRun.RunAsync(
                [.. Over(transport), "--env", "A=two\nlines", "--workdir", "/usr/lib", "--placeholders", "--script", script, "it's {{{rank}}}", "$A"]);
            Assert.Contains("127.0.15.2: 1 two\n127.0.15.2: lines /usr/lib [\"it's {1}\", '$A']\n", result.Stdout, StringComparison.Ordinal);
        }

        foreach (var value in new[] { "one", "two\nlines" })
        {
            var onTerminal = await VolleyRun.RunAsync(
                [.. Over("native"), "--tty", "--env", $"A={value}", "--secret", "A", "--workdir", "/usr/lib", "test -t 0 && echo \"$A\" $VOLLEY_RANK $PWD"]);
            Assert.Contains($"127.0.15.2: {value.Split('\n')[^1]} 1 /usr/lib\n", onTerminal.Stdout, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task FurtherCommandsHaveThemToo()
    {
        var result = await VolleyRun.RunAsync(
            [.. Over("exec"), "--env", "A=1", "--workdir", "/usr", "--placeholders", "--then", "echo step {rank}/{{$VOLLEY_SIZE}} $A $PWD", "true"]);
        Assert.Contains("step 1/{2} 1 /usr\n", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task TheCheckOfARolloutHasThemToo(string transport)
    {
        string[] words = ["--batch-size", "1", "--env", "A=a b", "--env", "S=se cret", "--secret", "S", "--workdir", "/usr/lib", "--placeholders", "-q"];
        const string check = "test \"$VOLLEY_HOST/$VOLLEY_RANK/$VOLLEY_SIZE/$A/$S$PWD\" = {host}/{rank}/2/'a b/se cret'/usr/lib";
        foreach (var (line, code) in new[] { (check, 0), (check + "x", 3) })
        {
            var result = await VolleyRun.RunAsync([.. Over(transport), .. words, "--check", line, "true"]);
            Assert.True(result.ExitCode == code, result.ToString());
        }

        var pushed = $"/tmp/volley-pushed-{Environment.ProcessId}-{transport}";
        var push = await VolleyRun.RunAsync(["push", .. Over(transport), "--check", "test \"$VOLLEY_SIZE\" = 2", _folder.Write("data", "x"), pushed]);
        File.Delete(pushed);
        Assert.True(push.ExitCode == 0, push.ToString());
        var off = await VolleyRun.RunAsync(["push", .. Over(transport), "--no-variables", "a", "b"]);
        Assert.Equal((2, "volley: push takes no --no-variables without --check: it sets no variables\n"), (off.ExitCode, off.Stderr));
    }

    [Fact]
    public async Task NoVariablesSendsTheCommandAsItStands()
    {
        var result = await VolleyRun.RunAsync([.. Over("native"), "-N", "-q", "--no-variables", "tr '\\0' ' ' </proc/$$/cmdline; env | grep -c ^VOLLEY_"]);
        Assert.DoesNotContain("VOLLEY_HOST", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("^VOLLEY_ 0\n", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task PlaceholdersTakeAnyValueUnchanged(string transport)
    {
        var user = transport == "exec" ? "someone" : fleet.User;
        string[] words = transport == "exec" ? ["printf", "%s\\n", "{host} {rank} {role}", "%% {user}"] : ["printf '%s\\n' {host}' '{rank}' '{role} '% '{user}"];
        var result = await VolleyRun.RunAsync(
            [.. Over(transport, $"{{role: {Yaml(Hostile)}}}"), .. transport == "exec" ? ["-l", "someone"] : Array.Empty<string>(), "-q", "--placeholders", .. words]);
        Assert.Equal(
            Enumerable.Range(1, 2).SelectMany(n => new[] { $"127.0.15.{n}: % {user}", $"127.0.15.{n}: 127.0.15.{n} {n - 1} {Hostile}" }).Order(StringComparer.Ordinal),
            VolleyRun.Lines(result.Stdout).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(_folder["ran"]));
    }

    [Theory]
    [InlineData("the placeholder {role}: 127.0.15.1 has no attribute 'role'; for braces that stay, write {{role}}", "--placeholders", "echo {role}")]
    [InlineData("--placeholders: {host} stands in quotes of the command; end them before it: 'a b '{host}' c'", "--placeholders", "echo 'a {host}'")]
    [InlineData("--placeholders: {host} follows a backslash, which would change its quotes; a brace is written twice", "--placeholders", "echo \\{host}")]
    [InlineData("--placeholders: {host} stands in an arithmetic expression, where a value can run commands", "--placeholders", "echo $(( 1 + (2) + {host} ))")]
    [InlineData("--placeholders: {host} follows the beginning of a here-document (<<), which would get its quotes; use printf '%s\\n' {host}", "--placeholders", "cat <<E\n{host}\nE")]
    [InlineData("--placeholders: --workdir takes no placeholder, and has {user}; enter the directory in the command: cd /tmp/{user} && COMMAND", "--placeholders", "--workdir", "/tmp/{user}", "true")]
    [InlineData("--placeholders: unexpected '{' in 'echo {'; a placeholder is {host}, {rank} or {ATTRIBUTE}, and a brace is written twice", "--placeholders", "echo {")]
    [InlineData("--placeholders and --no-variables are mutually exclusive: placeholders become variables", "--placeholders", "--no-variables", "true")]
    [InlineData("the value of --workdir is empty", "--workdir", "", "true")]
    [InlineData("--env can't set PWD, which each shell sets itself; --workdir sets the directory", "--env", "PWD=/", "true")]
    [InlineData("--env can't set OLDPWD, which each shell sets itself", "--env", "OLDPWD=/", "true")]
    [InlineData("the placeholder {role}: 127.0.15.1 has no attribute 'role'; for braces that stay, write {{role}}", "--placeholders", "--check", "x {role}", "true")]
    [InlineData("--each none.csv: No such file or directory", "--each", "none.csv", "true")]
    public async Task WhatDoesNotFitIsRefused(string message, params string[] words)
    {
        var result = await VolleyRun.RunAsync([.. Over("native"), .. words]);
        Assert.Equal((2, "", $"volley: {message}\n"), (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ADirectoryThatCantBeEnteredIsTheCause(string transport)
    {
        foreach (var (path, message) in new[] { ("/no/such", "there is no directory /no/such"), ("/etc/passwd", "/etc/passwd is not a directory") })
        {
            var result = await VolleyRun.RunAsync([.. Over(transport), "--workdir", path, "echo", "ran"]);
            Assert.Equal((255, ""), (result.ExitCode, result.Stdout));
            Assert.Contains($"{message}: 127.0.15.[1-2]", result.Stderr, StringComparison.Ordinal);
            Assert.DoesNotContain("may still run", result.Stderr, StringComparison.Ordinal);
        }

        if (transport == "exec")
            return;
        var closed = await VolleyRun.RunAsync([.. Over(transport), "--tty", "--workdir", "/root", "echo", "ran"]);
        Assert.Equal((255, ""), (closed.ExitCode, closed.Stdout));
        Assert.Contains("the directory /root can't be entered: permission denied: 127.0.15.[1-2]", closed.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARowOfAFileIsTheVariablesOfAHost()
    {
        var csv = _folder.Write("rows.csv", "host,PART,NOTE\n127.0.15.2,b,\"it's, \"\"so\"\"\nlong\"\n127.0.15.1,a,\n");
        var json = _folder.Write("rows.json", "[{\"host\": \"127.0.15.1\", \"PART\": \"a\", \"NOTE\": \"\"},\n {\"host\": \"127.0.15.2\", \"PART\": \"b\", \"NOTE\": \"it's, \\\"so\\\"\\nlong\"}]");
        foreach (var (transport, file) in new[] { ("native", csv), ("openssh", json) })
        {
            var result = await VolleyRun.RunAsync([.. Over(transport), "-q", "--env", "PART=all", "--each", file, "--placeholders", "printf '%s|' \"$PART\" {PART} \"$NOTE\""]);
            Assert.Equal(["127.0.15.1: a|a||", "127.0.15.2: b|b|it's, \"so\"", "127.0.15.2: long|"], VolleyRun.Lines(result.Stdout).Order());
        }

        var secret = await VolleyRun.RunAsync(
            [.. Over("exec"), "--each", csv, "--secret", "PART", "--placeholders", "--dry-run", "echo", "b", "{PART}"]);
        Assert.Contains("echo *** {PART}", secret.Stdout, StringComparison.Ordinal);
    }

    private static string Yaml(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>Returns the options for two hosts, with attributes if they are given.</summary>
    private string[] Over(string transport, string? attributes = null)
    {
        var nodes = Enumerable.Range(1, 2).Select(n => $"{{host: 127.0.15.{n}, attributes: {attributes}}}");
        return attributes is null
            ? [.. VolleyRun.Over(transport, fleet), "-H", "127.0.15.[1-2]"]
            : [.. VolleyRun.Over(transport, fleet), "--config", _folder.Write("config.yaml", $"clusters: {{c: {{nodes: [{string.Join(", ", nodes)}]}}}}\n"), "-C", "c"];
    }
}
