using Xunit;

namespace Volley.Tests.Transports;

public class ExecSessionTests
{
    [Fact]
    public async Task ALineIsReadByAShellAndArgumentsAreNot()
    {
        var transport = new ExecTransport();
        var run = await Executions.RunAsync(transport, Executions.Plan(1, CommandJob.Program("printf", "[%s][%s][%s][%s]", "$HOME", "a b", "*", "%h")));
        Assert.Equal("[$HOME][a b][*][%h]", run.Text(0));
        run = await Executions.RunAsync(transport, Executions.Plan(1, CommandJob.Shell("v='a  b'; printf '%s' \"$v\" | tr a c")));
        Assert.Equal("c  b", run.Text(0));
    }

    [Fact]
    public async Task AProgramThatIsNotThereIsExit127()
    {
        var run = await Executions.RunAsync(new ExecTransport(), Executions.Plan(1, CommandJob.Program("/no/such/program")));
        Assert.Equal(127, run.ResultOf(0).ExitCode);
        Assert.Contains("/no/such/program", run.Text(0, StreamKind.Stderr), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramThatIsNoneIsExit126()
    {
        var run = await Executions.RunAsync(new ExecTransport(), Executions.Plan(1, CommandJob.Program("/etc/passwd")));
        Assert.Equal(126, run.ResultOf(0).ExitCode);
    }

    [Fact]
    public async Task AProgramMayTakeTheCommandToTheTarget()
    {
        await using var transport = new ExecTransport((target, command) => ["env", $"POD={target.Host}", .. command.Arguments]);
        using var input = StandardInput.FromStream(new MemoryStream("input "u8.ToArray()));
        var job = CommandJob.Program("sh", "-c", "cat; echo \"$POD $1\"", "sh", "a  %h") with { Input = input };
        var run = await Executions.RunAsync(transport, Executions.Plan(2, job));
        Assert.Equal(("input h0 a  %h\n", "input h1 a  %h\n"), (run.Text(0), run.Text(1)));
    }
}
