using System.Net;
using System.Net.Sockets;
using Volley.Cli.Tests.Scripted;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>Nothing is forwarded, whatever the configuration says: a server can't reach back to this machine.</summary>
public sealed class ForwardingTests : IDisposable
{
    private const string All = "ForwardAgent yes\nForwardX11 yes\nForwardX11Trusted yes\nForwardX11Timeout 1h\nGSSAPIDelegateCredentials yes\nEscapeChar ~\n";

    private readonly ScratchFolder _folder = new();
    private readonly RuntimeFolder _runtime = new();
    private readonly Socket _agent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Socket _display = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ForwardingTests()
    {
        // What there is to reach: a display, as far as a connection to it, and an agent, which ssh asks for keys before.
        _agent.Bind(new UnixDomainSocketEndPoint(AgentPath));
        _agent.Listen();
        _ = HangUpAsync();
        _display.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _display.Listen();
    }

    private string AgentPath => Path.Combine(_folder.Path, "agent");

    public void Dispose()
    {
        _agent.Dispose();
        _display.Dispose();
        _runtime.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("native", "127.0.41.1")]
    [InlineData("auto", "127.0.41.2")]
    [InlineData("openssh", "127.0.41.3")]
    [InlineData("openssh", "127.0.41.4", "-o", "ForwardAgent=yes", "-o", "ForwardX11=yes", "-o", "ClearAllForwardings=no")]
    public async Task AServerReachesNothingHere(string transport, string address, params string[] options)
    {
        using var server = new ReachingServer(address);
        AssertReachesNothing(await RunAsync(server, ["--transport", transport, .. options]), server);
    }

    [Fact]
    public async Task NorThroughAnSshForEachCommand()
    {
        _runtime.Open();
        using var server = new ReachingServer("127.0.41.5");
        AssertReachesNothing(await RunAsync(server, "--transport", "openssh", "-o", "ForwardAgent=yes", "-o", "ForwardX11=yes"), server);
    }

    [Theory]
    [InlineData("native", false)]
    [InlineData("openssh", false)]
    [InlineData("openssh", true)]
    public async Task NorDoesAJumpHost(string transport, bool isWithoutMasters)
    {
        if (isWithoutMasters)
            _runtime.Open();
        using var server = new ReachingServer("127.0.41.6");
        // ssh ignores a jump host that is the target itself.
        var result = await ProgramRun.RunAsync(
            Start(server, "127.0.41.9:1", ["--transport", transport, "-J", $"me@{server.Server.Address}:{server.Server.Port}"]));
        Assert.Equal(255, result.ExitCode);
        Assert.Empty(server.Accepted);
        // Once for each attempt: a jump host that goes no further may be busy.
        Assert.True(server.Refused >= ReachingServer.Kinds, $"{server.Refused}");
    }

    [Fact]
    public async Task AHostThatForwardsNeedsNoSshForIt()
    {
        using var server = new ReachingServer("127.0.41.7");
        var result = await RunAsync(server, "-v");
        Assert.Contains("transport native: ", result.Stderr, StringComparison.Ordinal);
        AssertReachesNothing(result, server);
    }

    /// <summary>What ssh itself makes of its arguments and of the files that it is given.</summary>
    [Theory]
    [InlineData("no")]
    [InlineData("yes", "-o", "GSSAPIDelegateCredentials=yes")]
    public async Task EverySshForwardsNothingAndCredentialsOnlyIfAsked(string delegates, params string[] options)
    {
        var settings = Path.Combine(_folder.Path, "settings");
        _folder.WriteProgram("ssh", $"""
            case " $* " in
                *' -V '* | *' -G '*) ;;
                *) /usr/bin/ssh -G "$@" >>{settings} ;;
            esac
            exec /usr/bin/ssh "$@"
            """);
        using var server = new ReachingServer("127.0.41.8");
        var start = Start(server, Target(server), ["--transport", "openssh", "-o", "EscapeChar=^b", "-o", "PermitLocalCommand=yes", .. options]);
        var result = await ProgramRun.RunAsync(start.WithVariable("PATH", $"{_folder.Path}:{Environment.GetEnvironmentVariable("PATH")}"));
        AssertReachesNothing(result, server);
        var lines = File.ReadAllLines(settings);
        foreach (var line in (string[])["forwardagent no", "forwardx11 no", "escapechar none", "permitlocalcommand no", "clearallforwardings yes", "tunnel false"])
            Assert.Contains(line, lines);
        Assert.Equal([$"gssapidelegatecredentials {delegates}"], lines.Where(line => line.StartsWith("gssapidelegate", StringComparison.Ordinal)).Distinct());
    }

    private async Task HangUpAsync()
    {
        try
        {
            while (true)
                (await _agent.AcceptAsync()).Dispose();
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static void AssertReachesNothing(ProgramResult result, ReachingServer server)
    {
        Assert.Empty(server.Accepted);
        Assert.True(result is { ExitCode: 0, Stdout: var output } && output.EndsWith(": done\n", StringComparison.Ordinal), result.ToString());
        Assert.Equal(ReachingServer.Kinds, server.Refused);
    }

    private Task<ProgramResult> RunAsync(ReachingServer server, params string[] options) => ProgramRun.RunAsync(Start(server, Target(server), options));

    private static string Target(ReachingServer server) => $"{server.Server.Address}:{server.Server.Port}";

    private ProgramStart Start(ReachingServer server, string target, string[] options)
    {
        var knownHosts = _folder.Write("known_hosts", server.Server.KnownHostsLine + "\n");
        var config = _folder.Write(
            "config", $"{All}User me\nIdentityFile none\nIdentitiesOnly yes\nUserKnownHostsFile {knownHosts}\nGlobalKnownHostsFile /dev/null\n");
        return _runtime.For(VolleyRun.Start(["-F", config, "-H", target, .. options, "true"]))
            .WithVariable("SSH_AUTH_SOCK", AgentPath)
            .WithVariable("DISPLAY", $"127.0.0.1:{((IPEndPoint)_display.LocalEndPoint!).Port - 6000}");
    }
}
