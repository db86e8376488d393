using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>What ordinary machines have in ssh_config, on the built program: no host needs an ssh because of it.</summary>
public sealed class ClientConfigTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static int _directories;

    /// <summary>All of them.</summary>
    public static readonly TheoryData<string> Names = [.. ClientConfigs.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TheConfigurationsOfDistributionsNeedNoSsh(string name)
    {
        var config = Install(name);
        // Where Kerberos is set up, GSSAPI is one more way to log in.
        var result = await ProgramRun.RunAsync(
            Start("-F", config, "-H", "127.0.140.1", "-v", "echo in").WithVariable("PATH", "/nowhere").WithVariable("KRB5CCNAME", "FILE:/nowhere/tickets"), Limit);
        Assert.True((result.ExitCode, result.Stdout) == (0, "127.0.140.1: in\n"), result.ToString());
        Assert.Contains("volley: 127.0.140.1: transport native: connected to ", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("transport openssh", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheVendorsFileIsReadWhereTheAdministratorHasNone()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can mount a file system");
        Assert.SkipUnless(Directory.Exists("/usr/etc"), "there is no /usr/etc to mount a file system at");
        var script = "for D in /etc/ssh /usr/etc $HOME/.ssh; do [ ! -d $D ] || mount -t tmpfs none $D; done; mkdir /usr/etc/ssh; "
            + $"printf 'Host *\\n Port {fleet.Port}\\n User {fleet.User}\\n' >/usr/etc/ssh/ssh_config; "
            + $"exec {BuiltProgram.Path} --output stream {string.Join(' ', Identity())} -H 127.0.140.2 --transport $0 'echo in'";
        foreach (var transport in (string[])["native", "openssh"])
        {
            var result = await ProgramRun.RunAsync(new ProgramStart("unshare", "-m", "/bin/sh", "-c", script, transport), Limit);
            Assert.True((result.ExitCode, result.Stdout) == (0, "127.0.140.2: in\n"), result.ToString());
        }
    }

    [Fact]
    public async Task WhatIsSkippedIsNamedWithItsPlace()
    {
        var config = new FleetConfig(fleet)
        {
            Lines =
            [
                "ForwardAgent yes", "AddKeysToAgent yes", "UseKeychain yes", "Compression yes", "VerifyHostKeyDNS ask", "ForwardX11 no", "Tunnel no",
            ],
        }.Write();
        var result = await ProgramRun.RunAsync(Start("-F", config, "-H", "127.0.140.3", "-v", "echo in").WithVariable("PATH", "/nowhere"), Limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains(
            "volley: 127.0.140.3: transport native: skipped, because it has no effect on a batch login: "
            + $"ForwardAgent at {config} line 1, AddKeysToAgent at {config} line 2, UseKeychain at {config} line 3, Compression at {config} line 4, VerifyHostKeyDNS at {config} line 5\n",
            result.Stderr, StringComparison.Ordinal);
        // On most systems ssh does not know UseKeychain, and would refuse the file.
        var quiet = await ProgramRun.RunAsync(Start("-F", config, "-H", "127.0.140.3", "echo in").WithVariable("PATH", "/nowhere"), Limit);
        Assert.DoesNotContain("skipped", quiet.Stderr, StringComparison.Ordinal);
    }

    private ProgramStart Start(params string[] arguments) =>
        VolleyRun.Start(["--output", "stream", "-l", fleet.User, "-p", $"{fleet.Port}", .. Identity(), "-o", "GlobalKnownHostsFile=/dev/null", .. arguments]);

    private string[] Identity() => ["-i", fleet.KeyPath, "-o", $"UserKnownHostsFile={fleet.KnownHosts}"];

    /// <summary>Writes the files of a configuration; the path of its ssh_config.</summary>
    private string Install(string name)
    {
        var etc = Path.Combine(fleet.Folder, $"etc-{Interlocked.Increment(ref _directories)}");
        foreach (var (path, text) in ClientConfigs.All[name])
        {
            var file = Path.Combine(etc, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text.Replace("{etc}", etc, StringComparison.Ordinal));
        }

        return Path.Combine(etc, ClientConfigs.All[name][0].Path);
    }
}
