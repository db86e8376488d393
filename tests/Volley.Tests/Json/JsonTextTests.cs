using System.Text;
using System.Text.Unicode;
using CsCheck;
using Volley.Json;
using Xunit;

namespace Volley.Tests.Json;

public class JsonTextTests
{
    private static readonly string[] Characters = ["a", "\n", "é", "漢", "😀", "\0", "\u0301"];

    private static readonly Gen<byte[]> Texts = Gen.Int[0, Characters.Length - 1].Select(i => Characters[i]).Array.Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));

    [Fact]
    public void NoCuttingMakesTextBinary() =>
        Gen.Select(Texts, Gen.Int[1, 5].Array).Sample((text, sizes) =>
        {
            var joined = new List<byte>();
            foreach (var piece in Pieces(text, sizes))
            {
                Assert.True(Utf8.IsValid(piece));
                joined.AddRange(piece);
            }

            Assert.Equal(text, joined);
        });

    [Fact]
    public void NoBytesAreLostWhateverTheyAre() =>
        Gen.Select(Gen.Byte.Array, Gen.Int[1, 5].Array).Sample((bytes, sizes) => Assert.Equal(bytes, Pieces(bytes, sizes).SelectMany(piece => piece)));

    [Fact]
    public void WhatIsNoBeginningOfACharacterIsNotHeld()
    {
        var text = new JsonText();
        Assert.Equal([0x61, 0xFF], text.Take([0x61, 0xFF]).ToArray());
        Assert.Equal([0xC0], text.Take([0xC0]).ToArray());
        Assert.Equal([0x80], text.Take([0x80]).ToArray());
        Assert.Equal([0x61], text.Take([0x61, 0xE6]).ToArray());
        Assert.Equal([], text.Take([0xBC]).ToArray());
        Assert.Equal([0xE6, 0xBC], text.TakeRest().ToArray());
        Assert.Equal([], text.TakeRest().ToArray());
    }

    private static List<byte[]> Pieces(byte[] bytes, int[] sizes)
    {
        var (text, pieces) = (new JsonText(), new List<byte[]>());
        var at = 0;
        for (var i = 0; at < bytes.Length; i++)
        {
            var size = Math.Min(sizes.Length == 0 ? 1 : sizes[i % sizes.Length], bytes.Length - at);
            pieces.Add(text.Take(bytes.AsSpan(at, size)).ToArray());
            at += size;
        }

        pieces.Add(text.TakeRest().ToArray());
        return pieces;
    }
}
