using Volley.Transports.OpenSsh;
using Xunit;

namespace Volley.Tests.Transports;

public class OpenSshConfigTests
{
    private const string Forced = """
        ClearAllForwardings yes
        ForwardAgent no
        ForwardX11 no
        PermitLocalCommand no
        Tunnel no
        EscapeChar none
        GSSAPIDelegateCredentials no

        """;

    [Fact]
    public void OurDefaultsComeAfterTheUsersAndTheSystemsFiles() =>
        Assert.Equal(Forced + """
            Include "~/.ssh/config"
            Include "/etc/ssh/ssh_config"
            Host *
              StrictHostKeyChecking accept-new
              ServerAliveInterval 15
              ServerAliveCountMax 3
              ConnectTimeout 10

            """, OpenSshConfig.Text(new SshOptions(), RunPlan.DefaultConnectTimeout));

    [Fact]
    public void AFileOfTheUsersReplacesBoth() =>
        Assert.StartsWith(Forced + "Include \"/etc/my \\*\\\"file\"\nHost *\n", OpenSshConfig.Text(new SshOptions { ConfigFile = "/etc/my *\"file" }, RunPlan.DefaultConnectTimeout), StringComparison.Ordinal);

    [Fact]
    public void ARelativePathIsMadeAbsolute() =>
        Assert.StartsWith(Forced + $"Include \"{Directory.GetCurrentDirectory()}/conf\"\n", OpenSshConfig.Text(new SshOptions { ConfigFile = "conf" }, RunPlan.DefaultConnectTimeout), StringComparison.Ordinal);

    [Fact]
    public void NoneIsNoFile() => Assert.StartsWith(Forced + "Host *\n", OpenSshConfig.Text(new SshOptions { ConfigFile = "none" }, RunPlan.DefaultConnectTimeout), StringComparison.Ordinal);

    [Theory]
    [InlineData(0.2, "ConnectTimeout 1\n")]
    [InlineData(7, "ConnectTimeout 7\n")]
    [InlineData(7.1, "ConnectTimeout 8\n")]
    public void ALimitIsRoundedUpToSeconds(double seconds, string line) =>
        Assert.EndsWith(line, OpenSshConfig.Text(new SshOptions(), TimeSpan.FromSeconds(seconds)), StringComparison.Ordinal);

    [Fact]
    public void WithoutALimitThereIsNone() =>
        Assert.DoesNotContain("ConnectTimeout", OpenSshConfig.Text(new SshOptions(), Timeout.InfiniteTimeSpan), StringComparison.Ordinal);

    [Theory]
    [InlineData("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026", 9, 2)]
    [InlineData("OpenSSH_7.4p1, OpenSSL 1.0.2k-fips  26 Jan 2017", 7, 4)]
    [InlineData("OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2", 9, 5)]
    [InlineData("OpenSSH_10.0p2, LibreSSL 3.3.6", 10, 0)]
    [InlineData("warning: something\nOpenSSH_8.7p1", 8, 7)]
    public void AVersionIsRead(string text, int major, int minor) =>
        Assert.Equal(new OpenSshVersion(major, minor), OpenSshVersion.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("Dropbear v2022.83")]
    [InlineData("OpenSSH_next")]
    public void WhatIsNoOpenSshIsNone(string text) => Assert.Null(OpenSshVersion.Parse(text));

    [Theory]
    [InlineData(9, 2, 8, 7, true)]
    [InlineData(8, 7, 8, 7, true)]
    [InlineData(8, 6, 8, 7, false)]
    [InlineData(7, 9, 8, 7, false)]
    [InlineData(10, 0, 9, 9, true)]
    public void VersionsAreCompared(int major, int minor, int needMajor, int needMinor, bool expected) =>
        Assert.Equal(expected, new OpenSshVersion(major, minor).IsAtLeast(needMajor, needMinor));
}
