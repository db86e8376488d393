using Xunit;

namespace Volley.Cli.Tests.Elevation;

/// <summary><c>volley reboot</c> and <c>volley wait-for</c> with --sudo, at real hosts.</summary>
public sealed class ElevatedRebootTests(ElevationFleet hosts) : IClassFixture<ElevationFleet>
{
    private const string WithPassword = "USER ALL=(ALL:ALL) ALL";

    /// <summary>Commands and checks run as root, and the boot id is read without sudo.</summary>
    [Theory]
    [InlineData(WithPassword)]
    [InlineData("Defaults:USER requiretty", WithPassword)]
    public async Task RebootsAndWaitsRunAsRoot(params string[] rules)
    {
        hosts.Allow(rules);
        string[] common = ["-F", hosts.Fleet.SshConfig, "-H", "127.0.110.[28-29]", "--sudo", "--sudo-password-file", hosts.PasswordFile];
        common = rules.Length > 1 ? [.. common, "--tty"] : common;
        var place = Directory.CreateTempSubdirectory("volley-root-");
        var id = hosts.Write("boot-id", "first");
        File.SetUnixFileMode(id, (UnixFileMode)0b110_100_100);
        var program = Path.Combine(place.FullName, "next");
        File.WriteAllText(program, $"#!/bin/sh\nid -un >>{place.FullName}/who; echo next >>{id}\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_000_000);
        try
        {
            var reboot = await VolleyRun.RunAsync(
                ["reboot", "--yes", .. common, "--interval", "20ms", "--boot-id-file", id, "--reboot-command", program,
                "--check", $"id -un >>{place.FullName}/who; test \"$VOLLEY_SIZE\" = 2"]);
            Assert.True(reboot.ExitCode == 0, reboot.ToString());
            Assert.Equal(["root", "root", "root", "root"], File.ReadAllLines($"{place.FullName}/who"));
            Assert.Equal(0, hosts.CountInLog("boot-id"));
            var wait = await VolleyRun.RunAsync(["wait-for", .. common, $"test -x {program}"]);
            Assert.True(wait.ExitCode == 0, wait.ToString());
            var wrong = await VolleyRun.RunAsync(["wait-for", .. common.Select(one => one == hosts.PasswordFile ? hosts.WrongFile : one), "true"]);
            Assert.Contains("sudo: wrong password: 127.0.110.2", wrong.Stderr, StringComparison.Ordinal);
            Assert.Equal(1, hosts.CountInLog("incorrect password attempt"));
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }
}
