using CsCheck;
using Volley.Cli.CommandLine;
using Xunit;

namespace Volley.Cli.Tests;

public class OptionTokensTests
{
    private static readonly string[] Words =
    [
        "-H", "--hosts", "--hosts=a", "-Ha", "-k", "-kN", "-vv", "--timeout", "--timeout=1", "-o", "-oA=b", "--", "-", "ls", "-t", "--bogus",
        "", "=", "--=", "-=", "@x", "a b", "--parallel=", "-kH", "--quiet=1", "-g",
    ];

    [Theory]
    [InlineData("-H a -k ls -t", "--hosts=a --fail-fast -- ls -t")]
    [InlineData("-Ha --hosts=b --hosts c", "--hosts=a --hosts=b --hosts=c")]
    [InlineData("-kNH a x", "--fail-fast --no-prefix --hosts=a -- x")]
    [InlineData("-kNHa x", "--fail-fast --no-prefix --hosts=a -- x")]
    [InlineData("-vv -v", "-v -v -v")]
    [InlineData("-oA=b=c -o D=e", "-o=A=b=c -o=D=e")]
    [InlineData("-H - -- -k", "--hosts=- -- -k")]
    [InlineData("-H --parallel ls", "--hosts=--parallel -- ls")]
    [InlineData("-k - -x", "--fail-fast -- - -x")]
    [InlineData("-k -- -- -x", "--fail-fast -- -- -x")]
    [InlineData("--timeout=-1", "--timeout=-1")]
    public void EveryOptionIsSpelledOutAndTheCommandIsSetApart(string line, string normal) =>
        Assert.Equal(normal.Split(' '), Normalize(line.Split(' ')));

    [Fact]
    public void TheWordsOfTheCommandAreNeverChanged() =>
        Gen.OneOf(Words).Array[0, 6].Sample(command =>
            Normalize(["-H", "a", "--", .. command]).SequenceEqual(["--hosts=a", "--", .. command]));

    [Fact]
    public void NothingIsThrownButUsageErrors() =>
        Gen.OneOf(Gen.OneOf(Words), Gen.String[Gen.Char[' ', '~'], 0, 6]).Array[0, 8].Sample(words =>
        {
            try
            {
                Normalize(words);
            }
            catch (UsageException usage)
            {
                Assert.NotEmpty(usage.Message);
            }
        });

    private static List<string> Normalize(string[] words) =>
        OptionTokens.Normalize(words, [.. new RunOptions().Groups.SelectMany(group => group.Options)]);
}
