using System.Text;
using Volley.Scripts;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Scripts;

/// <summary>The report that a directory can't be entered, in whatever chunks it arrives.</summary>
public sealed class DirectoryWatchTests
{
    private static readonly string Mark = Encoding.ASCII.GetString(WorkingDirectory.Mark);

    [Fact]
    public async Task TheReportIsTheCauseAndIsNotPassedOn()
    {
        string[] whole = [$"motd\n{Mark}p"];
        string[] bytes = [.. whole[0].Select(character => character.ToString())];
        foreach (var chunks in new[] { whole, bytes })
        {
            var (result, output) = await RunAsync(chunks);
            Assert.Equal("motd\n", output);
            Assert.Equal((NodeOutcome.DirectoryUnavailable, "the directory /d can't be entered: permission denied", false), (result.Outcome, result.Cause, result.MayStillRun));
        }
    }

    [Fact]
    public async Task OtherOutputIsPassedOn()
    {
        foreach (var text in new[] { Mark, $"\u0001{Mark[..5]}x", "\u0001", $"a{Mark[..^1]}" })
        {
            var (result, output) = await RunAsync([text]);
            Assert.Equal((text, NodeOutcome.Exited), (output, result.Outcome));
        }
    }

    private static async Task<(NodeResult Result, string Output)> RunAsync(IReadOnlyList<string> chunks)
    {
        var transport = new ScriptedTransport(new NodeScript
        {
            Command = async process =>
            {
                foreach (var chunk in chunks)
                    await process.PrintAsync(chunk, StreamKind.Stderr);
                process.Exit(1);
            },
        });
        var output = new StringBuilder();
        NodeResult? result = null;
        var plan = new RunPlan([new Target("a")], CommandJob.Shell("true") with { WorkingDirectory = "/d" });
        await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(plan, cancellationToken: TestContext.Current.CancellationToken))
        {
            if (nodeEvent is NodeOutput data)
                output.Append(Encoding.ASCII.GetString(data.Data.Span));
            else if (nodeEvent is NodeFinished finished)
                result = finished.Result;
        }

        return (result!, output.ToString());
    }
}
