using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>A name server that never answers, in a mount namespace of the program's own: it holds up only the names that are asked for.</summary>
public sealed class SilentResolverTests(Fleet fleet)
{
    private const string Address = "127.0.88.53";

    [Fact]
    public async Task NamesWithoutAnAnswerHoldUpNoOtherHost()
    {
        using var server = OpenServer();
        await using var run = Start("silent[1-100].example,127.0.88.[101-110]", "--parallel", "200", "--connect-timeout", "600");
        for (var i = 0; i < 10; i++)
            await run.ReadOutUntilAsync(": in\n");
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        Assert.Contains("canceled: silent[1-100].example\n", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-J silent.example")]
    [InlineData("-o BindAddress=silent.example")]
    public async Task TheLimitForConnectingFiresInTime(string options)
    {
        using var server = OpenServer();
        var hosts = options.Length == 0 ? "silent[1-300].example" : "127.0.88.[1-5]";
        await using var run = Start(hosts, ["--parallel", "300", "--connect-timeout", "1", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(255, await run.WaitForExitAsync());
        Assert.Contains($"connect timed out: {hosts}\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Contains($": looking up silent{(options.Length == 0 ? "1" : "")}.example takes too long\n", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AResolverThatIsNotThereIsToldInSshsWords()
    {
        OpenServer().Dispose();
        await using var run = Start("silent.example");
        Assert.Equal(255, await run.WaitForExitAsync());
        Assert.StartsWith(
            "volley: silent.example: name not resolved: Could not resolve hostname silent.example: Temporary failure in name resolution\n",
            run.Stderr.Text, StringComparison.Ordinal);
    }

    /// <summary>Takes queries, and never reads them.</summary>
    private static Socket OpenServer()
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            server.Bind(new IPEndPoint(IPAddress.Parse(Address), 53));
            return server;
        }
        catch (SocketException refused)
        {
            server.Dispose();
            Assert.Skip($"a name server can't listen on {Address} port 53: {refused.Message}");
            throw;
        }
    }

    private ProgramRun Start(string hosts, params string[] options)
    {
        var resolver = Path.Combine(fleet.Folder, "resolv.conf");
        File.WriteAllText(resolver, $"nameserver {Address}\noptions timeout:30 attempts:5\n");
        return ProgramRun.Start(new ProgramStart(
            "unshare",
            ["-m", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", resolver, BuiltProgram.Path,
            "-H", hosts, "-b", "-F", fleet.SshConfig, "--transport", "native", "--output", "stream", .. options, "echo in"]));
    }
}
