using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>Commands that are longer than a server or a system takes.</summary>
public sealed class CommandLengthTests(Fleet fleet)
{
    // Each word is one that this system takes, as an argument of ours.
    private static readonly string Long = new('x', 100_000);

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task OneOfMoreThan256KibibytesIsRefused(string transport)
    {
        var result = await VolleyRun.RunAsync([.. VolleyRun.Over(transport, fleet), "-H", "127.0.14.1", ":", Long, Long, Long]);
        Assert.Equal(
            (2, "", "volley: the command has 300,004 bytes, but SSH servers take at most 262,080; use --script with a file\n"),
            (result.ExitCode, result.Stdout, result.Stderr));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AFailureOfOneThatLinuxRefusesNamesTheLimit(string transport)
    {
        string[] words = [.. VolleyRun.Over(transport, fleet), "-H", "127.0.14.1"];
        var result = await VolleyRun.RunAsync([.. words, ":", Long, Long]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            "volley: 127.0.14.1: exit 1: the command has 200,003 bytes, and Linux servers refuse more than 131,071 (MAX_ARG_STRLEN); put it into a file and use --script FILE\n",
            result.Stderr, StringComparison.Ordinal);
        result = await VolleyRun.RunAsync([.. words, ":", Long, new string('x', 131_071 - Long.Length - 3)]);
        Assert.Equal((0, ""), (result.ExitCode, result.Stdout));
    }

    [Fact]
    public async Task ALocalProcessGetsMoreAndSaysWhatIsTooMuch()
    {
        var result = await VolleyRun.RunAsync("--transport", "exec", "-H", "a", "-N", "sh", "-c", "echo $#", "sh", Long, Long, Long);
        Assert.Equal((0, "3\n"), (result.ExitCode, result.Stdout));
        result = await VolleyRun.RunAsync("--transport", "exec", "-H", new string('h', 200), "-N", "true", string.Concat(Enumerable.Repeat("%h", 1000)));
        Assert.Equal(126, result.ExitCode);
        Assert.Contains("true: Argument list too long: an argument has 200,000 bytes, and the system takes at most 131,071 (MAX_ARG_STRLEN)\n", result.Stderr, StringComparison.Ordinal);
    }
}
