using CsCheck;
using Volley.Cli.Output.Gathering;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>Groups are those that whole outputs would make, however they come.</summary>
public class GatherGroupsTests
{
    /// <summary>Outputs that have much in common: any bytes, in long and short repetitions.</summary>
    private static readonly Gen<byte[]> Outputs = Gen.Select(Gen.Byte[0, 2], Gen.OneOf(Gen.Int[1, 3], Gen.Int[200, 300], Gen.Int[3000, 70_000]))
        .Select((value, count) => Enumerable.Repeat(value, count).ToArray())
        .Array[0, 4].Select(parts => parts.SelectMany(part => part).ToArray());

    private static readonly Gen<Node[]> Nodes = Gen.Select(Outputs.Array[1, 3], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 1]).Array[1, 8])
        .Select((outputs, picks) => picks
            .Select((pick, i) => new Node(i, outputs[pick.Item1 % outputs.Length], outputs[pick.Item2 % outputs.Length], pick.Item3)).ToArray());

    [Fact]
    public void GroupsAreThoseOfTheWholeOutputs() =>
        Gen.Select(Nodes, Gen.Int[0, 1000].Array[1, 60], Gen.OneOf(Gen.Int[1, 7], Gen.Int[1, 65536]).Array[1, 20]).Sample(
            (nodes, turns, sizes) =>
            {
                using var gathered = new GatheredOutput();
                Send(gathered, nodes, turns, sizes);
                var groups = gathered.Groups(GatherSort.Nodes).ToDictionary(group => group.First.Target.Index);
                foreach (var alike in nodes.GroupBy(node => (node.Code, Convert.ToHexString(node.Stdout), Convert.ToHexString(node.Stderr))))
                {
                    Assert.True(groups.Remove(alike.First().Index, out var group));
                    Assert.Equal(HostList.Fold(alike.Select(node => $"n{node.Index}")), group!.Names);
                    Assert.Equal(alike.First().Code, group.Result!.ExitCode);
                    Assert.Equal(alike.First().Stdout, Read(group.First.Stdout));
                    Assert.Equal(alike.First().Stderr, Read(group.First.Stderr));
                }

                Assert.Empty(groups);
            },
            iter: 500);

    [Fact]
    public void TheOrderOfArrivalCoversBothStreams() =>
        Gen.Select(Gen.Bool, Gen.Int[1, 9]).Array[0, 40].Sample(chunks =>
        {
            var order = new ArrivalOrder();
            var expected = new List<StreamKind>();
            foreach (var (isStdout, count) in chunks)
            {
                var stream = isStdout ? StreamKind.Stdout : StreamKind.Stderr;
                order.Add(stream, count);
                expected.AddRange(Enumerable.Repeat(stream, count));
            }

            var parts = order.Parts(expected.Count(stream => stream == StreamKind.Stdout), expected.Count(stream => stream == StreamKind.Stderr));
            return parts.SelectMany(part => Enumerable.Repeat(part.Stream, (int)(part.To - part.From))).SequenceEqual(expected);
        });

    [Fact]
    public void AnOrderWithTooManyTurnsEndsWithTheRestOfEach()
    {
        var order = new ArrivalOrder();
        for (var i = 0; i < 10_000; i++)
            order.Add((StreamKind)(i % 2), 1);
        var parts = order.Parts(5000, 5000).Where(part => part.From < part.To).ToList();
        Assert.InRange(parts.Count, 1000, 5000);
        foreach (var stream in new[] { StreamKind.Stdout, StreamKind.Stderr })
        {
            var position = 0L;
            foreach (var part in parts.Where(part => part.Stream == stream))
            {
                Assert.Equal(position, part.From);
                position = part.To;
            }

            Assert.Equal(5000, position);
        }
    }

    private static void Send(GatheredOutput gathered, Node[] nodes, int[] turns, int[] sizes)
    {
        var left = nodes.ToList();
        for (var turn = 0; left.Count > 0; turn++)
        {
            var node = left[turns[turn % turns.Length] % left.Count];
            var size = sizes[turn % sizes.Length];
            var isStdout = node.StderrSent == node.Stderr.Length || (node.StdoutSent < node.Stdout.Length && size % 2 == 0);
            var (all, sent) = isStdout ? (node.Stdout, node.StdoutSent) : (node.Stderr, node.StderrSent);
            // Many small pieces of a large output would take long.
            var count = Math.Min(Math.Max(size, all.Length / 50), all.Length - sent);
            if (count > 0)
                gathered.Append(new NodeOutput(node.Target, isStdout ? StreamKind.Stdout : StreamKind.Stderr, all.AsMemory(sent, count)));
            node.StdoutSent += isStdout ? count : 0;
            node.StderrSent += isStdout ? 0 : count;
            if (node.StdoutSent < node.Stdout.Length || node.StderrSent < node.Stderr.Length)
                continue;
            gathered.Finish(node.Target, new NodeResult(NodeOutcome.Exited) { ExitCode = node.Code });
            left.Remove(node);
        }
    }

    private static byte[] Read(OutputPlace place)
    {
        var bytes = new byte[place.Length];
        var path = place.Path();
        for (var count = 0; count < bytes.Length;)
            count += path.Read(count, bytes.AsSpan(count));
        Assert.Equal(0, path.Read(bytes.Length, new byte[1]));
        return bytes;
    }

    private sealed class Node(int index, byte[] stdout, byte[] stderr, int code)
    {
        public int Index => index;

        public Target Target { get; } = RankedTarget.Create(index, $"n{index}");

        public byte[] Stdout => stdout;

        public byte[] Stderr => stderr;

        public int Code => code;

        public int StdoutSent { get; set; }

        public int StderrSent { get; set; }
    }
}
