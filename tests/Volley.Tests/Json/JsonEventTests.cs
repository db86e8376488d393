using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Xunit;

namespace Volley.Tests.Json;

public class JsonEventTests
{
    private static readonly RunPlan Plan = new(HostList.Parse("web[1-3]").ToTargets(), new PingJob());

    private static readonly Gen<NodeResult> Results = Gen.Select(
        Gen.Enum<NodeOutcome>(), Gen.Int.Nullable(), Gen.String.Null(), Gen.Enum<StopReason>(), Gen.Long[0, long.MaxValue / 2], Gen.Bool, Gen.Int[0, 1 << 30],
        (outcome, code, text, stop, bytes, flag, micros) => new NodeResult(outcome)
        {
            ExitCode = code,
            Signal = text,
            Message = text is null ? null : Valid(text),
            Reason = flag ? "no space left on device" : null,
            Stop = stop,
            Elapsed = TimeSpan.FromMicroseconds(micros),
            Retries = micros % 7,
            StdoutBytes = bytes,
            StderrBytes = bytes / 3,
            TransferredFiles = bytes / 5,
            TransferredBytes = bytes / 7,
            DeletedFiles = bytes / 11,
            IsMainRank = flag,
            MayStillRun = !flag,
            OutputMayBeIncomplete = flag,
        } with
        { Signal = text is null ? null : Valid(text) });

    [Fact]
    public void EveryResultIsReadAsItWasWritten() => Results.Sample(result =>
        Assert.Equal([new NodeFinished(Plan.Targets[1], result)], RoundTrip([new NodeFinished(Plan.Targets[1], result)])));

    [Fact]
    public void TheBytesOfAllStreamsAreKept() => Gen.Select(Gen.Int[0, 2], Gen.Bool, Gen.Byte.Array[1, 200]).Array[1, 20].Sample(pieces =>
    {
        List<NodeEvent> events = [.. pieces.Select(piece => new NodeOutput(Plan.Targets[piece.Item1], piece.Item2 ? StreamKind.Stderr : StreamKind.Stdout, piece.Item3))];
        events.AddRange(Plan.Targets.Select(target => new NodeFinished(target, new NodeResult(NodeOutcome.Exited) { ExitCode = 0 })));
        var read = RoundTrip(events);
        Assert.All(Plan.Targets, target => Assert.All(Enum.GetValues<StreamKind>(), stream => Assert.Equal(Bytes(events, target, stream), Bytes(read, target, stream))));
    });

    [Fact]
    public void StepsAndProgressAreKept()
    {
        NodeEvent[] events =
        [
            new NodeConnecting(Plan.Targets[0]), new NodeStarted(Plan.Targets[0]),
            new NodeProgress(Plan.Targets[0], 5, 10) { Files = 1, TotalFiles = 2, CurrentFile = "a b" },
            new NodeProgress(Plan.Targets[2], 7, null),
            new NodeRetrying(Plan.Targets[0], new NodeResult(NodeOutcome.Exited) { ExitCode = 75, Retries = 1 }, TimeSpan.FromSeconds(2.5)),
        ];
        Assert.Equal(events, RoundTrip(events));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"event":"finished","seq":1,"time":1,"node":"web1","rank":0}""")]
    [InlineData("""{"event":"output","seq":1,"time":1,"node":"web1","rank":0,"stream":"stdout"}""")]
    [InlineData("""{"event":"output","seq":1,"time":1,"node":"web1","rank":0,"stream":"stdout","base64":"?"}""")]
    [InlineData("""{"event":"started","seq":1,"time":"x","node":"web1","rank":0}""")]
    [InlineData("""{"event":"started","seq":1,"time":1e300,"node":"web1","rank":0}""")]
    [InlineData("""{"event":"started","seq":1,"time":1,"node":"web1","rank":4000000000}""")]
    public void WhatIsNoEventIsRefused(string line) =>
        Assert.ThrowsAny<JsonException>(() => JsonEventReader.Read(Encoding.UTF8.GetBytes(line), rank => Plan.Targets[rank], out _));

    [Theory]
    [InlineData("""{"event":"begin","seq":0,"time":0.5,"version":1}""")]
    [InlineData("""{"event":"something_new","seq":1,"time":0.5,"node":"web1","rank":0}""")]
    [InlineData("""{"event":"started","seq":1,"time":0.5,"node":"web9","rank":9}""")]
    public void WhatIsNoEventOfATargetIsNone(string line)
    {
        Assert.Null(JsonEventReader.Read(Encoding.UTF8.GetBytes(line), rank => rank < 3 ? Plan.Targets[rank] : null, out var time));
        Assert.Equal(TimeSpan.FromSeconds(0.5), time);
    }

    private static List<NodeEvent> RoundTrip(IEnumerable<NodeEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new JsonEventWriter(buffer);
        foreach (var nodeEvent in events)
            writer.Write(nodeEvent, TimeSpan.FromSeconds(1));
        var read = new List<NodeEvent>();
        var rest = buffer.WrittenMemory;
        while (rest.Span.IndexOf((byte)'\n') is >= 0 and var end)
        {
            read.Add(JsonEventReader.Read(rest[..end], rank => Plan.Targets[rank], out _)!);
            rest = rest[(end + 1)..];
        }

        Assert.Equal(0, rest.Length);
        return read;
    }

    private static byte[] Bytes(IEnumerable<NodeEvent> events, Target target, StreamKind stream) =>
        [.. events.OfType<NodeOutput>().Where(output => output.Target == target && output.Stream == stream).SelectMany(output => output.Data.ToArray())];

    // A lone surrogate has no JSON form.
    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
