using System.Text;
using CsCheck;
using Volley.Cli.Output.Gathering;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Lines that are shown as soon as all running nodes have sent them.</summary>
public sealed class GatherLiveTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ALineIsShownWhenTheLastNodeHasSentIt()
    {
        // A gate opens once.
        await using var scene = StopScene.Start(
            StopSeat.Pipes, "n[1-3]",
            "mkfifo gate-$host-2; echo one; tell; gate; echo two; tell; read -r _ <gate-$host-2; echo three; printf end", "-g --live");
        await scene.ToldAsync(3);
        await scene.ReadOutputAsync("one\n");
        await scene.OpenAsync("n1");
        await scene.OpenAsync("n2");
        await scene.ToldAsync(2);
        Assert.Equal("one\n", scene.Output);
        await scene.OpenAsync("n3");
        await scene.ReadOutputAsync("two\n");
        await scene.ToldAsync(1);
        foreach (var node in new[] { "n1", "n2", "n3" })
            await scene.OpenAsync($"{node}-2");
        Assert.Equal(0, await scene.ExitAsync());
        Assert.Equal("one\ntwo\nthree\n" + GatherOutputTests.Groups("n[1-3] (3), the rest", "end\n"), scene.Output);
    }

    [Fact]
    public async Task LinesThatDifferWaitForTheEndAndLaterOnesDoNot()
    {
        await using var scene = StopScene.Start(
            StopSeat.Pipes, "n[1-2]", "echo same; echo $host; echo 'same again'; echo 'error' >&2; tell; gate", "-g --live");
        await scene.ToldAsync(2);
        await scene.ReadOutputAsync("same again\n");
        Assert.DoesNotContain("n1", scene.Output, StringComparison.Ordinal);
        await scene.OpenAsync("n1");
        await scene.OpenAsync("n2");
        Assert.Equal(0, await scene.ExitAsync());
        var lines = VolleyRun.Lines(scene.Output);
        Assert.Equal(["error", "same", "same again"], lines[..3].Order());
        Assert.Equal(["---------------", "n1 (1), in full", "---------------"], lines[3..6]);
        Assert.Equal(["error", "n1", "same", "same again"], lines[6..10].Order());
        Assert.Equal(["---------------", "n2 (1), in full", "---------------"], lines[10..13]);
        Assert.Equal(["error", "n2", "same", "same again"], lines[13..].Order());
    }

    [Fact]
    public async Task ANodeThatEndsIsWaitedForNoLonger()
    {
        await using var scene = StopScene.Start(
            StopSeat.Pipes, "n[1-3]", "case $host in n1) tell; gate; exit 3;; esac; echo line; tell; gate", "-g --live");
        await scene.ToldAsync(3);
        await scene.OpenAsync("n1");
        await scene.ReadOutputAsync("line\n");
        await scene.OpenAsync("n2");
        await scene.OpenAsync("n3");
        Assert.Equal(3, await scene.ExitAsync());
        Assert.Equal("line\n" + GatherOutputTests.Groups("n[2-3] (2), in full", "line\n", "n1 (1) exit 3", ""), scene.Output);
    }

    [Theory]
    [InlineData("-g", "a\nb\n---------------\nx,y (2), shown above\n---------------\n")]
    [InlineData("-gN", "a\nb\n")]
    public async Task WhatWasShownIsNotShownAgain(string option, string output)
    {
        // One at a time, each is for its time all that run.
        foreach (var parallel in new[] { "1", "2" })
        {
            var result = await VolleyRun.ExecAsync("x,y", "echo a; echo b", option, "--live", "--parallel", parallel);
            Assert.Equal(output, result.Stdout);
        }
    }

    [Fact]
    public async Task WithoutNamesTheGroupsFollowAnEmptyLine()
    {
        var result = await VolleyRun.ExecAsync("x,y", "echo a; echo %h", "-gN", "--live");
        Assert.Equal("a\n\na\nx\n\na\ny\n", result.Stdout);
    }

    [Fact]
    public async Task WithoutItNothingIsShownBeforeTheEnd()
    {
        await using var scene = StopScene.Start(StopSeat.Pipes, "n[1-2]", "echo line; tell; gate", "-g");
        await scene.ToldAsync(2);
        await scene.OpenAsync("n1");
        await scene.OpenAsync("n2");
        Assert.Equal(0, await scene.ExitAsync());
        Assert.Equal(GatherOutputTests.Groups("n[1-2] (2)", "line\n"), scene.Output);
    }

    [Fact]
    public void WhatIsShownIsWhatAllHaveSentAtThatPlace()
    {
        Gen.Select(Gen.OneOf("a\n", "b\n", "\n").Array[0, 12].Array[1, 4], Gen.Int[0, 3].Array[0, 100], Gen.Int[1, 5].Array[1, 9]).Sample(
            (texts, turns, sizes) =>
            {
                var outputs = texts.Select(lines => string.Concat(lines)).ToArray();
                using var run = new Run(outputs.Length);
                var sent = new int[outputs.Length];
                // At the end all is sent.
                var all = turns.Select(turn => turn % outputs.Length).Concat(Enumerable.Repeat(Enumerable.Range(0, outputs.Length), 99).SelectMany(node => node));
                foreach (var (i, turn) in all.Index())
                {
                    var count = Math.Min(sizes[i % sizes.Length], outputs[turn].Length - sent[turn]);
                    run.Send(turn, outputs[turn].Substring(sent[turn], count));
                    sent[turn] += count;
                    var whole = sent.Select((length, node) => outputs[node][..length].Count(c => c == '\n')).Min();
                    var common = Enumerable.Range(0, whole).Where(place => texts.All(lines => lines[place] == texts[0][place])).Select(place => texts[0][place]);
                    Assert.Equal(string.Concat(common), run.Shown);
                }
            },
            iter: 2000);
    }

    [Fact]
    public void WhatLiesTooFarAheadWaitsForTheEnd()
    {
        const int Lead = 64 * 1024;
        using var run = new Run(2);
        var text = string.Concat(Enumerable.Range(0, Lead + 10).Select(i => $"{i}\n"));
        run.Send(0, text);
        run.Send(1, text);
        Assert.Equal(string.Concat(Enumerable.Range(0, Lead).Select(i => $"{i}\n")), run.Shown);
        run.Send(1, "later\n");
        run.Send(0, "later\n");
        Assert.EndsWith($"\n{Lead - 1}\nlater\n", run.Shown, StringComparison.Ordinal);
        var rest = run.Lines.NotShown(StreamKind.Stdout, 0, text.Length + 6).ToList();
        var (from, to) = Assert.Single(rest);
        Assert.Equal(string.Concat(Enumerable.Range(Lead, 10).Select(i => $"{i}\n")), text[(int)from..(int)to]);
    }

    [Fact]
    public void NothingIsShownBeforeAllOfTheFirstHaveStarted()
    {
        using var run = new Run(2, started: 1);
        run.Send(0, "a\n");
        Assert.Equal("", run.Shown);
        run.Start(1);
        Assert.Equal("", run.Shown);
        run.Send(1, "a\n");
        Assert.Equal("a\n", run.Shown);
    }

    /// <summary>Nodes that send when the test says so.</summary>
    private sealed class Run : IDisposable
    {
        private readonly GatheredOutput _output = new();
        private readonly StringBuilder _shown = new();

        public Run(int nodes, int? started = null)
        {
            Lines = new LiveLines(nodes, (node, stream, from, to) =>
            {
                var path = node.GetOutput(stream).Path();
                var bytes = new byte[to - from];
                for (var count = 0; count < bytes.Length;)
                    count += path.Read(from + count, bytes.AsSpan(count));
                _shown.Append(Encoding.UTF8.GetString(bytes));
            });
            for (var i = 0; i < (started ?? nodes); i++)
                Start(i);
        }

        public LiveLines Lines { get; }

        public string Shown => _shown.ToString();

        public void Start(int node) => Lines.Start(_output.GetOrAddNode(Target(node)));

        public void Send(int node, string text)
        {
            if (text.Length == 0)
                return;
            var bytes = Encoding.UTF8.GetBytes(text);
            _output.Append(new NodeOutput(Target(node), StreamKind.Stdout, bytes));
            Lines.Append(_output.GetOrAddNode(Target(node)), StreamKind.Stdout, bytes);
        }

        public void Dispose() => _output.Dispose();

        private static Target Target(int node) => RankedTarget.Create(node, $"n{node}");
    }
}
