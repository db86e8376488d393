using System.Text;
using CsCheck;
using Volley.Cli.Tui.Nodes;
using Volley.Input;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>What is kept of a node's output, in memory and beyond it.</summary>
public sealed class TuiLogTests : IDisposable
{
    private readonly SpillBuffer _store = new(1024);

    public void Dispose() => _store.Dispose();

    [Fact]
    public void LinesAreInTheOrderInWhichTheyWereCompleted()
    {
        var log = new NodeLog(_store, TimeProvider.System);
        log.Append(StreamKind.Stdout, "a"u8);
        log.Append(StreamKind.Stderr, "x\ny"u8);
        log.Append(StreamKind.Stdout, "b\nc\n"u8);
        Assert.Equal(["!x", "ab", "c", "!y"], Lines(log, 0, 10));
        Assert.Equal(4, log.LineCount);
        log.Complete();
        Assert.Equal(["!x", "ab", "c", "!y"], Lines(log, 0, 10));
    }

    [Fact]
    public void AnyLineCanBeReadOfMany()
    {
        var log = new NodeLog(_store, TimeProvider.System);
        for (var n = 0; n < 50_000; n++)
            log.Append(StreamKind.Stdout, Encoding.UTF8.GetBytes($"line {n}\n"));
        Assert.Equal(50_000, log.LineCount);
        foreach (var n in new[] { 0, 1, 6553, 25_000, 49_999 })
            Assert.Equal($"line {n}", Lines(log, n, 1)[0]);
        Assert.Equal(["line 49999"], Lines(log, 49_999, 10));
        Assert.Empty(Lines(log, 50_000, 10));
    }

    [Fact]
    public void ALongLineIsKeptInPiecesAndLosesNothing()
    {
        var log = new NodeLog(_store, TimeProvider.System);
        var line = string.Concat(Enumerable.Range(0, 40_000).Select(n => $"{n} "));
        foreach (var part in line.Chunk(1000))
            log.Append(StreamKind.Stdout, Encoding.UTF8.GetBytes(part));
        log.Append(StreamKind.Stdout, "\nnext\n"u8);
        Assert.Equal(line + "\nnext\n", Text(log, StreamKind.Stdout));
        Assert.True(log.LineCount <= (line.Length / NodeLog.MaxPieceLength) + 2);
    }

    [Fact]
    public void WhateverTheChunksBothStreamsComeBackByteByByte() =>
        Gen.Select(Gen.Bool, Gen.OneOf(Gen.Byte.Array[0, 20], Gen.Const("\n"u8.ToArray()), Gen.Const("\n\n"u8.ToArray()), Gen.Const(new byte[70_000])))
            .List[0, 30]
            .Sample(chunks =>
            {
                using var store = new SpillBuffer(100);
                var log = new NodeLog(store, TimeProvider.System);
                var sent = new[] { new List<byte>(), [] };
                foreach (var (isStderr, bytes) in chunks)
                {
                    log.Append(isStderr ? StreamKind.Stderr : StreamKind.Stdout, bytes);
                    sent[isStderr ? 1 : 0].AddRange(bytes);
                }

                var whole = new[] { StreamKind.Stdout, StreamKind.Stderr }.All(stream => Encoding.Latin1.GetBytes(Text(log, stream)).SequenceEqual(sent[(int)stream]));
                log.Complete();
                return whole && new[] { StreamKind.Stdout, StreamKind.Stderr }.All(stream => Encoding.Latin1.GetBytes(Text(log, stream)).SequenceEqual(sent[(int)stream]));
            }, iter: 300);

    private static List<string> Lines(NodeLog log, long from, int count) =>
        [.. log.Read(from, count).Select(line => (line.Stream == StreamKind.Stderr ? "!" : "") + Encoding.UTF8.GetString(line.Bytes))];

    private static string Text(NodeLog log, StreamKind stream) => string.Concat(
        log.Read(0, int.MaxValue).Where(line => line.Stream == stream).Select(line => Encoding.Latin1.GetString(line.Bytes) + (line.IsWhole ? "\n" : "")));
}
