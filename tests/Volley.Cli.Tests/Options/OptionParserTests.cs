using CsCheck;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Xunit;

namespace Volley.Cli.Tests.Options;

public class OptionParserTests
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
            Normalize(["-H", "a", "--", .. command]).SequenceEqual(command.Length > 0 ? ["--hosts=a", "--", .. command] : ["--hosts=a"]));

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

    [Fact]
    public void EveryOptionKnowsWhatItIsGiven()
    {
        var request = Assert.IsType<RunRequest>(CommandLine.Parse(["-H", "a", "--hosts=b", "-vvk", "--timeout", "1m", "--", "ls", "-l"], _ => null));
        var options = request.Options;
        Assert.Equal(["a", "b"], options.Hosts.Hosts.Values);
        Assert.Equal(2, options.Output.Verbose.Count);
        Assert.True(options.Job.FailFast.IsGiven);
        Assert.Equal(TimeSpan.FromMinutes(1), options.Limits.CommandTimeout.Value?.Time);
        Assert.Null(options.Job.Parallel.Value);
        Assert.Equal(["ls", "-l"], options.Command);
        Assert.Equal(["--hosts", "--fail-fast", "--timeout", "-v"], options.All.Where(option => option.IsGiven).Select(option => option.Name));
    }

    /// <summary>Every option with its first name, its value behind "=", and the command behind "--".</summary>
    private static List<string> Normalize(string[] words)
    {
        var (found, rest) = new OptionParser(new RunOptions().All).Split(words);
        return [.. found.Select(one => one.Option.ValueName is null ? one.Option.Name : $"{one.Option.Name}={one.Value}"), .. rest.Length > 0 ? rest.Prepend("--") : []];
    }
}
