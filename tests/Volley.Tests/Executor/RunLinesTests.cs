using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Executor;

/// <summary>Output as lines, whatever the reads that it came in.</summary>
public class RunLinesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LinesAreWholeWhateverTheReads()
    {
        var transport = new ScriptedTransport(target => new NodeScript
        {
            Command = async process =>
            {
                foreach (var part in (string[])["on", "e\ntw", "o\r\n\n", $"{target.Name} has no newline"])
                    await process.PrintAsync(part);
                await process.PrintAsync("error", StreamKind.Stderr);
            },
        });
        var events = await new ParallelExecutor(transport).RunLinesAsync(Executions.Plan(20), cancellationToken: Stop).ToListAsync(Stop).AsTask().Within();
        Assert.DoesNotContain(events, nodeEvent => nodeEvent is NodeOutput);
        Assert.Equal(20, events.OfType<NodeFinished>().Count());
        foreach (var of in events.GroupBy(nodeEvent => nodeEvent.Target))
        {
            Assert.IsType<NodeFinished>(of.Last());
            var lines = of.OfType<NodeLine>().ToLookup(line => line.Stream, line => line.Text);
            Assert.Equal(["one", "two", "", $"{of.Key.Name} has no newline"], lines[StreamKind.Stdout]);
            Assert.Equal(["error"], lines[StreamKind.Stderr]);
        }
    }

    [Fact]
    public async Task ALineThatIsTooLongComesInPieces()
    {
        // Three bytes a character, so that the limit falls into one.
        var text = string.Concat(Enumerable.Repeat("\u4e2d", NodeLine.MaxBytes));
        var lines = await LinesAsync(process => process.PrintAsync($"{text}\nshort\n"));
        Assert.Equal(text, string.Concat(lines[..^1].Select(line => line.Text)));
        Assert.Equal([.. Enumerable.Repeat(true, lines.Count - 2), false, false], lines.Select(line => line.IsContinued));
        Assert.All(lines, line => Assert.InRange(Encoding.UTF8.GetByteCount(line.Text), 0, NodeLine.MaxBytes));
        Assert.Equal("short", lines[^1].Text);
    }

    [Fact]
    public async Task BytesThatAreNoTextKeepTheirLines()
    {
        var data = new byte[NodeLine.MaxBytes * 2];
        Array.Fill(data, (byte)0xBF);
        var lines = await LinesAsync(async process =>
        {
            await process.PrintAsync(data);
            await process.PrintAsync("\nnext");
        });
        Assert.Equal(data.Length, lines[..^1].Sum(line => line.Text.Length));
        Assert.Equal("next", lines[^1].Text);
    }

    [Fact]
    public async Task ASecondEnumerationThrows()
    {
        var transport = new ScriptedTransport(NodeScript.Prints("once"));
        var events = new ParallelExecutor(transport).RunLinesAsync(Executions.Plan(1), cancellationToken: Stop);
        Assert.Equal(1, await events.OfType<NodeLine>().CountAsync(Stop).AsTask().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => events.ToListAsync(Stop).AsTask());
        Assert.Equal(1, transport.Starts);
    }

    private static async Task<List<NodeLine>> LinesAsync(Func<ScriptedProcess, Task> command) =>
        await new ParallelExecutor(new ScriptedTransport(new NodeScript { Command = command }))
            .RunLinesAsync(Executions.Plan(1), cancellationToken: Stop).OfType<NodeLine>().ToListAsync(Stop).AsTask().Within();
}
