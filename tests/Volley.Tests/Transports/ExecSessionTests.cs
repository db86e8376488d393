using Volley.Testing;
using Xunit;

namespace Volley.Tests.Transports;

public class ExecSessionTests
{
    [Theory]
    [InlineData("%h", "web1")]
    [InlineData("%u", "me")]
    [InlineData("%n", "7")]
    [InlineData("%%", "%")]
    [InlineData("%%h", "%h")]
    [InlineData("%h-%h:%n", "web1-web1:7")]
    [InlineData("100%", "100%")]
    [InlineData("%x %H %", "%x %H %")]
    [InlineData("+%Y-%m", "+%Y-%m")]
    public async Task PercentWordsAreSubstituted(string word, string expected)
    {
        var run = await RunAsync(RankedTarget.Create(7, "web1") with { User = "me" }, "printf", "%%s", word);
        Assert.Equal(expected, run);
    }

    [Fact]
    public async Task WordsAreNotReadByAShell() =>
        Assert.Equal("[$HOME][a b][*]", await RunAsync(RankedTarget.Create(0, "h"), "printf", "[%%s][%%s][%%s]", "$HOME", "a b", "*"));

    [Theory]
    [InlineData("fallback", "fallback")]
    [InlineData(null, null)]
    public async Task TheUserIsTheTargetsOrTheTransportsOrOurs(string? user, string? expected)
    {
        var transport = new ExecTransport(user);
        var plan = new RunPlan([new("a"), new("b") { User = "x" }], new CommandJob(["printf", "%u"]));
        var run = await Executions.RunAsync(transport, plan);
        Assert.Equal((expected ?? Environment.UserName, "x"), (run.Text(0), run.Text(1)));
    }

    [Fact]
    public async Task AProgramThatIsNotThereIsExit127()
    {
        var run = await Executions.RunAsync(new ExecTransport(), Executions.Plan(1, new CommandJob(["/no/such/program"])));
        Assert.Equal(127, run.ResultOf(0).ExitCode);
        Assert.Contains("/no/such/program", run.Text(0, StreamKind.Stderr), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramThatIsNoneIsExit126()
    {
        var run = await Executions.RunAsync(new ExecTransport(), Executions.Plan(1, new CommandJob(["/etc/passwd"])));
        Assert.Equal(126, run.ResultOf(0).ExitCode);
    }

    [Fact]
    public async Task AProgramMayTakeTheCommandToTheTarget()
    {
        await using var transport = new ExecTransport((target, command) => ["env", $"POD={target.Host}", .. command.Arguments]);
        using var input = StandardInput.FromStream(new MemoryStream("input "u8.ToArray()));
        var job = new CommandJob(["sh", "-c", "cat; echo \"$POD $1\"", "sh", "a  %h"]) { Input = input };
        var run = await Executions.RunAsync(transport, Executions.Plan(2, job));
        Assert.Equal(("input h0 a  %h\n", "input h1 a  %h\n"), (run.Text(0), run.Text(1)));
    }

    private static async Task<string> RunAsync(Target target, params string[] words)
    {
        var targets = Executions.Targets(target.Index).Add(target);
        var run = await Executions.RunAsync(new ExecTransport(), new RunPlan(targets, new CommandJob([.. words])));
        Assert.Equal(0, run.ResultOf(target.Index).ExitCode);
        return run.Text(target.Index);
    }
}
