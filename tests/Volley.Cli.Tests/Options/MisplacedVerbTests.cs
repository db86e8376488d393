using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Options;

/// <summary>A verb after an option is a remote command. If that fails, a hint says where the verb belongs.</summary>
public sealed class MisplacedVerbTests
{
    [Theory]
    [InlineData("push a b", 127, true)]
    [InlineData("reboot", 1, true)]
    [InlineData("grep a b", 1, false)]
    [InlineData("push a b", 1, false)]
    [InlineData("true", 127, false)]
    [InlineData("reboot", 0, false)]
    public async Task AFailedCommandHasAHint(string command, int code, bool hasHint)
    {
        using var folder = new ScratchFolder();
        var words = command.Split(' ');
        folder.WriteProgram(words[0], $"exit {code}");
        var start = VolleyRun.Start(["-H", "n1", "--transport", "exec", .. words]);
        var result = await ProgramRun.RunAsync(start.WithVariable("PATH", $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}"));
        Assert.Equal(code, result.ExitCode);
        var hint = $"volley: '{words[0]}' was run at the hosts; for volley's own {words[0]}, the verb comes first: volley {words[0]} ...\n";
        Assert.Equal(hasHint, result.Stderr.Contains(hint, StringComparison.Ordinal));
        Assert.Equal(hasHint, result.Stderr.Contains("the verb comes first", StringComparison.Ordinal));
    }
}
