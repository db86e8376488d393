using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Selection;

/// <summary>--limit, --pick, --order, --confirm and --why.</summary>
public sealed class ChoiceTests : IDisposable
{
    private readonly SelectionScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("n[1-9] --limit 2", "n1 n2")]
    [InlineData("n[1-9] --limit 50%", "n1 n2 n3 n4")]
    [InlineData("n[1-9] --limit 1%", "n1")]
    [InlineData("n[1-3] --limit 9", "n1 n2 n3")]
    [InlineData("n[1-3] --limit 100%", "n1 n2 n3")]
    [InlineData("n[1-3] --order reversed", "n3 n2 n1")]
    [InlineData("n10,N9,n9,a --order sorted", "N9 a n9 n10")]
    [InlineData("n2,n1,n3 --order list", "n2 n1 n3")]
    [InlineData("n[1-9] --order reversed --limit 2", "n9 n8")]
    [InlineData("n[1-9] -x n1 --filter n[1-5] --limit 2", "n2 n3")]
    public async Task HostsAreChosenAndOrdered(string options, string hosts) =>
        Assert.Equal((hosts, "", 0), await _scene.SelectAsync(["-H", .. options.Split(' ')]));

    [Fact]
    public async Task APickIsRandomAndCanBeRepeated()
    {
        var (hosts, stderr, _) = await _scene.SelectAsync("-H", "n[1-500]", "--pick", "4");
        Assert.StartsWith("volley: picked 4 of 500 hosts (--seed ", stderr, StringComparison.Ordinal);
        var seed = stderr[(stderr.LastIndexOf(' ') + 1)..^2];
        Assert.Equal((hosts, stderr, 0), await _scene.SelectAsync("-H", "n[1-500]", "--pick", "4", "--seed", seed));
        var picked = hosts.Split(' ').Select(host => int.Parse(host[1..], null)).ToArray();
        Assert.Equal(4, picked.Distinct().Count());
        Assert.Equal(picked.Order(), picked);
        Assert.NotEqual(hosts, (await _scene.SelectAsync("-H", "n[1-500]", "--pick", "4")).Hosts);
        // The numbers are the same in every version of the program.
        Assert.Equal(("n4 n6 n3", "volley: 9 hosts in random order (--seed 7)\n", 0), await _scene.SelectAsync("-H", "n[1-9]", "--order", "random", "--seed", "7", "--limit", "3"));
    }

    [Theory]
    [InlineData("--limit", "0", "--limit takes a number of hosts of at least 1, or 1% to 100%, not '0'")]
    [InlineData("--limit", "101%", "--limit takes a number of hosts of at least 1, or 1% to 100%, not '101%'")]
    [InlineData("--pick", "0", "--pick takes a whole number of at least 1, not '0'")]
    [InlineData("--order", "up", "--order takes list, sorted, reversed or random, not 'up'")]
    [InlineData("--seed", "1", "--seed requires --pick or --order random")]
    public async Task AFaultIsOneMessage(string option, string value, string message) =>
        Assert.Equal(("", $"volley: {message}\n", 2), await _scene.SelectAsync("-H", "n1", option, value));

    [Theory]
    [InlineData("n[1-3]", "y", "Continue? [y/N] ", true)]
    [InlineData("n[1-3]", "", "Continue? [y/N] ", false)]
    [InlineData("n[1-4]", "4", "Type the number of hosts (4) to continue: ", true)]
    [InlineData("n[1-4]", "y", "Type the number of hosts (4) to continue: ", false)]
    public async Task ARunIsConfirmedOnTheTerminal(string hosts, string answer, string question, bool runs)
    {
        await using var program = PtyProgram.Start(_scene.Start("-H", hosts, "--confirm", "--transport", "exec", "-N", "--output", "stream", "-q", "echo", "ran"));
        await program.ReadUntilAsync(question);
        program.Type(answer + "\n");
        Assert.Equal(runs ? 0 : 1, await program.WaitForExitAsync());
        Assert.StartsWith($"{hosts[^2]} hosts: {hosts}\r\ncommand: echo ran\r\n{question}", program.Transcript, StringComparison.Ordinal);
        Assert.Equal(runs, program.Transcript.Contains("\nran\r\n", StringComparison.Ordinal));
        Assert.Equal(!runs, program.Transcript.Contains("volley: not confirmed; nothing was run", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutATerminalAConfirmationNeedsYes()
    {
        var result = await ProgramRun.RunAsync(new ProgramStart("setsid", ["-w", BuiltProgram.Path, "-H", "n1", "--confirm", "--transport", "exec", "echo", "ran"]));
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("--confirm needs a terminal to ask on, and there is none; to run without the question: --yes", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(("n1", "", 0), await _scene.SelectAsync("-H", "n1", "--confirm", "--yes"));
    }

    [Fact]
    public async Task WhyNamesOptionGroupAndSource()
    {
        var result = await _scene.RunAsync("-H", "@web,n1", "-C", "db", "-x", "web2", "--filter", "*[1-3]", "--why", "web[1-2],web9,n1,zz");
        var config = _scene.Folder["volley/config.yaml"];
        Assert.Equal(
            $"""
            web1: selected by -H @web,n1 (@cluster:web, {config}) and -C db (@cluster:db, {config})
            web2: excluded by -x web2; selected by -H @web,n1 (@cluster:web, {config})
            web9: excluded by --filter *[1-3]; selected by -H @web,n1 (@cluster:web, {config})
            n1: selected by -H @web,n1
            zz: not selected; it is not among the hosts of -H @web,n1 and -C db

            """,
            result.Stdout);
        Assert.Equal((1, ""), (result.ExitCode, result.Stderr));
        Assert.Equal(0, (await _scene.RunAsync("-H", "n[1-2]", "--why", "n2")).ExitCode);
        Assert.Equal("n2: excluded by --limit 1; selected by -H n[1-2]\n", (await _scene.RunAsync("-H", "n[1-2]", "--limit", "1", "--why", "n2")).Stdout);
    }
}
