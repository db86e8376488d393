using Volley.Transports.OpenSsh;
using Xunit;

namespace Volley.Tests.Transports;

public class OpenSshCommandTests
{
    private static readonly OpenSshCall Call = new(new OpenSshVersion(9, 2), "/config", "/log");
    private static readonly Target Target = new("web1");
    private static readonly CommandJob Job = CommandJob.Shell("true");

    [Fact]
    public void ACommandIsOneWordAfterTheHost()
    {
        var words = Of(new SshOptions()).Run(Target, Call, CommandJob.Shell("-x 'a b'"));
        Assert.Equal(["ssh", "-F", "/config", "-E", "/log"], words.Take(5));
        Assert.Equal(["-T", "--", "web1", "-x 'a b'"], words.TakeLast(4));
    }

    [Fact]
    public void APingAuthenticatesOnly()
    {
        var words = Of(new SshOptions()).Ping(Target, Call);
        Assert.Equal(["-N", "-T", "--", "web1"], words.TakeLast(4));
        Assert.DoesNotContain("SessionType=default", words);
    }

    [Fact]
    public void ForcedOptionsGoBeforeTheUsers()
    {
        // In ssh_config(5) and among -o the first value wins.
        var words = Of(new SshOptions { Directives = ["RequestTTY=force"] }).Run(Target, Call, Job);
        Assert.Equal(
            [
                "LogLevel=VERBOSE",
                "LogVerbose=*:kex_exchange_identification():*,*:ssh_proxy_connect():*,*:ssh_userauth2():*,*:client_input_channel_req():*,*:client_status_confirm():*", "BatchMode=yes", "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no",
                "PermitLocalCommand=no", "Tunnel=no", "EscapeChar=none", "RequestTTY=no",
                "RemoteCommand=none", "ForkAfterAuthentication=no", "StdinNull=no", "ControlMaster=no", "ControlPath=none", "ControlPersist=no",
                "RequestTTY=force", "SessionType=default",
            ],
            OptionsIn(words));
    }

    [Theory]
    [InlineData(7, 4, false, false)]
    [InlineData(7, 6, true, false)]
    [InlineData(8, 6, true, false)]
    [InlineData(8, 7, true, true)]
    [InlineData(10, 0, true, true)]
    public void AnOldSshIsAskedForNothingThatItDoesNotKnow(int major, int minor, bool remoteCommand, bool sessionType)
    {
        var options = OptionsIn(Of(new SshOptions()).Run(Target, Call with { Version = new OpenSshVersion(major, minor) }, Job));
        Assert.Equal(remoteCommand, options.Contains("RemoteCommand=none"));
        Assert.Equal(sessionType, options.Contains("SessionType=default"));
        Assert.Equal(sessionType, options.Contains("ForkAfterAuthentication=no"));
        Assert.Equal(sessionType, options.Contains("StdinNull=no"));
    }

    [Fact]
    public void TheUsersOptionsArePassedOn()
    {
        var words = Of(new SshOptions
        {
            Program = "/opt/ssh",
            User = "admin",
            Port = 2222,
            IdentityFiles = ["/k1", "/k 2"],
            ProxyJump = "a,b",
            Directives = ["Compression=yes"],
            ConnectTimeout = TimeSpan.FromSeconds(2.5),
        }).Run(Target, Call, Job);
        Assert.Equal("/opt/ssh", words[0]);
        Assert.Equal(
            ["-o", "ConnectTimeout=3", "-l", "admin", "-p", "2222", "-i", "/k1", "-i", "/k 2", "-J", "a,b", "-o", "Compression=yes", "-o", "SessionType=default"],
            words.TakeLast(4 + 16).Take(16));
    }

    [Fact]
    public void ATargetsUserAndPortGoBeforeTheOptions()
    {
        var target = new Target("::1") { User = "u", Port = 23 };
        var words = Of(new SshOptions { User = "admin", Port = 2222 }).Run(target, Call, Job);
        Assert.Equal(["-l", "u", "-p", "23"], words.SkipWhile(w => w != "-l").Take(4));
        Assert.DoesNotContain("admin", words);
        Assert.Equal("::1", words[^2]);
    }

    [Fact]
    public void AHostIsNeverAnOption() =>
        Assert.Equal(["--", "-oProxyCommand=x"], Of(new SshOptions()).Ping(new Target("-oProxyCommand=x"), Call).TakeLast(2));

    [Fact]
    public void TheConfigurationIsAskedForTheSameTarget() =>
        Assert.Equal(
            ["ssh", "-G", "-F", "/config", "-l", "u", "-o", "A=b", "--", "web1"],
            Of(new SshOptions { User = "u", Directives = ["A=b"] }).PrintConfiguration(Target, "/config"));

    [Fact]
    public void ATerminalIsForcedOnAnSshThatHasNone()
    {
        var words = Of(new SshOptions()).Run(Target, Call, Job with { Terminal = new PseudoTerminal() });
        Assert.Equal(["-tt", "--", "web1", "true"], words.TakeLast(4));
        Assert.DoesNotContain("RequestTTY=no", words);
    }

    private static OpenSshCommand Of(SshOptions options) => new(options);

    private static string[] OptionsIn(IReadOnlyList<string> words) => [.. words.Where((_, i) => i > 0 && words[i - 1] == "-o")];
}
