using System.Text;
using CsCheck;
using Volley.Cli.Journal;
using Xunit;

namespace Volley.Cli.Tests.Journal;

public class SecretMaskTests
{
    private static readonly string[] Parts = ["ab", "aab", "xyz", "ba", " ", "a"];

    [Fact]
    public void AStreamIsMaskedHoweverItIsCut() => Gen.Select(Gen.Int[0, 5].Array[0, 12], Gen.Int[1, 5]).Sample((parts, length) =>
    {
        var text = string.Concat(parts.Select(part => Parts[part]));
        var mask = SecretMask.Create(["aab", "xyz"])!;
        var stream = mask.BeginStream();
        var masked = new StringBuilder();
        foreach (var chunk in text.Chunk(length))
            masked.Append(Encoding.UTF8.GetString(stream.Append(Encoding.UTF8.GetBytes(chunk))));
        masked.Append(Encoding.UTF8.GetString(stream.Complete()));
        Assert.DoesNotContain("aab", masked.ToString(), StringComparison.Ordinal);
        Assert.Equal(text.Replace("aab", "***", StringComparison.Ordinal).Replace("xyz", "***", StringComparison.Ordinal), masked.ToString());
    });

    [Fact]
    public void TheLongerOfTwoValuesIsMaskedAsAWhole() => Assert.Equal("*** and ***", SecretMask.Create(["ab", "abc", ""])!.Hide("abc and ab"));

    [Fact]
    public void WithoutValuesThereIsNoMask() => Assert.Null(SecretMask.Create([""]));

    [Fact]
    public void MessagesOfResultsAreMasked()
    {
        var target = new Target("a");
        var finished = Assert.IsType<NodeFinished>(SecretMask.Create(["xyz"])!.Hide(new NodeFinished(target, new NodeResult(NodeOutcome.ConnectFailed) { Message = "bad xyz", Reason = "xyz" })));
        Assert.Equal(("bad ***", "***"), (finished.Result.Message, finished.Result.Reason));
    }
}
