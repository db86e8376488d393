using Volley.Cli.Tests.Transfer;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>Copies under the names pdcp and rpdcp over a real sshd.</summary>
public sealed class PdcpTests(SftpFleet fleet) : IClassFixture<SftpFleet>
{
    private readonly Dictionary<string, string?> _environment = new()
    {
        ["PDSH_SSH_ARGS_APPEND"] = $"-F {fleet.Fleet.SshConfig}",
        ["PDSH_RCMD_TYPE"] = "ssh",
        ["FLEET_CONFIG"] = fleet.Fleet.SshConfig,
        ["FLEET_USER"] = fleet.Fleet.User,
        ["FLEET_HOME"] = GetHome(fleet.Fleet),
    };

    public static TheoryData<string> Sections => [.. ParityRun.Cases("parity-copy.txt").Select(section => section.Key)];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task BothDoTheSame(string section)
    {
        Assert.SkipWhen(ParityRun.Missing is not null, ParityRun.Missing ?? "");
        var wrong = await ParityRun.CompareAsync(ParityRun.Cases("parity-copy.txt")[section], (theirs, ours) => theirs != ours, _environment);
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    /// <summary>What docs/pdsh.md says about copies that differ from pdcp's.</summary>
    [Theory]
    [InlineData("pdcp -w 127.0.17.1 -r d $r/none", "pdcp@LOCAL: 127.0.17.1: fatal: R/none: Not a directory\n")]
    [InlineData("pdcp -w 127.0.17.1 a b $r/old", "pdcp@LOCAL: 127.0.17.1: fatal: R/old: Not a directory\n")]
    [InlineData("pdcp -w 127.0.17.1 a $r/none/", "pdcp@LOCAL: 127.0.17.1: fatal: R/none: Not a directory\n")]
    [InlineData("pdcp -w 127.0.17.1 a $r/none/x", "pdcp@LOCAL: 127.0.17.1: fatal: R/none: No such directory\n")]
    // Debian's rpdcp prints the second line only where memory that it does not set says so.
    [InlineData("rpdcp -w 127.0.17.1 $r/one nodir 2>&1", "rpdcp@LOCAL: can't stat nodir\nrpdcp@LOCAL: reverse copy dest must be a directory\nexit 1\n")]
    [InlineData("rpdcp -w 127.0.17.1 $r/none out", "rpdcp@LOCAL: 127.0.17.1: fatal: R/none: No such file or directory\n")]
    [InlineData("rpdcp -w 127.0.17.1 $r/tree out", "rpdcp@LOCAL: 127.0.17.1: fatal: R/tree: Is a directory\n")]
    [InlineData("rpdcp -d -w 127.0.17.1 $r/none out 2>&1 | grep Failures", "Failures:      1\n")]
    public async Task AFailureNamesTheFileAndTheReason(string line, string expected)
    {
        var result = await RunAsync($". ./files; run {line}");
        Assert.Equal(expected, result.Replace("exit 0\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFailureOfOneSourceLeavesTheOthers() => Assert.Equal(
        "rpdcp@LOCAL: 127.0.17.1: fatal: R/none: No such file or directory\nexit 0\none\n",
        await RunAsync(". ./files; run rpdcp -w 127.0.17.1 $r/none $r/one out; cat out/one.127.0.17.1"));

    [Fact]
    public async Task ALoopOfLinksIsAnErrorAtBothEnds()
    {
        Assert.Equal(
            "pdcp@LOCAL: can't stat d/up: a symbolic link leads to a directory that contains it\nexit 1\n",
            await RunAsync(". ./files; ln -s . d/up; run pdcp -r -w 127.0.17.1 d $r"));
        Assert.Equal(
            "rpdcp@LOCAL: 127.0.17.1: fatal: R/tree/sub/up: The link leads to a directory that contains it\nexit 0\nthree\n",
            await RunAsync(". ./files; rm $R/tree/dir; ln -s .. $R/tree/sub/up; run rpdcp -r -w 127.0.17.1 $r/tree out; cat out/*/sub/three"));
    }

    [Theory]
    [InlineData("C0644 2 ../x\\na\\n\\0")]
    [InlineData("C0644 2 sub/x\\na\\n\\0")]
    [InlineData("D0755 0 ..\\nE\\n")]
    [InlineData("C0644 2 \\na\\n\\0")]
    [InlineData("C0644 9 x\\na\\n")]
    [InlineData("D0755 0 x\\nE\\n")]
    public async Task AtAHostNothingIsWrittenOutsideOfTheDestinationOrInPart(string input) =>
        Assert.Equal("", await RunAsync($". ./files; printf '{input}' | pdcp -z out >answer; find out -mindepth 1; ls -d x 2>&-"));

    [Fact]
    public async Task AnInterruptedCopyLeavesTheOldFileAndNothingElse()
    {
        using var scene = await PdshScene.MakeAsync();
        await using var run = PtyProgram.Start(ParityRun.Ours(
            // The shell has the same terminal, and must not end.
            "trap : INT; . ./files; head -c 300000000 /dev/zero | tr '\\0' x >big; printf 'ready\n'; pdcp -b -w 127.0.17.1 big $r/old; echo code $?; ls -A $R | tr '\\n' ' '; cat $R/old",
            scene.Folder, _environment) with
        { Input = null });
        await run.ReadUntilAsync("ready", TimeSpan.FromSeconds(60));
        while (!Directory.EnumerateFiles(_environment["FLEET_HOME"]!, ".old.volley-*", SearchOption.AllDirectories).Any())
            await Task.Delay(10, TestContext.Current.CancellationToken);
        run.Type(PtyProgram.ControlC);
        await run.ReadUntilAsync(": batch mode interrupt, aborting.\r\n", TimeSpan.FromSeconds(60));
        await run.ReadUntilAsync("code 1\r\nold one tree old\r\n", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task ACopyThatTakesTooLongIsStopped() => Assert.Equal(
        "pdcp@LOCAL: 127.0.17.1: command timeout\nexit 0\nold\none\ntree\n",
        await RunAsync(". ./files; mkdir n; printf '#!/bin/sh\\nexec sleep 300\\n' >n/ssh; chmod +x n/ssh; PATH=$PWD/n:$PATH; run pdcp -u 1 -w 127.0.17.1 a $r/new; ls $R"));

    [Fact]
    public async Task AServerWithoutSftpGetsSmallFilesThroughItsShell()
    {
        await using var plain = await Fleet.StartAsync();
        _environment["PDSH_SSH_ARGS_APPEND"] = $"-F {plain.SshConfig}";
        _environment["FLEET_HOME"] = GetHome(plain);
        var result = await RunAsync(
            ". ./files; run pdcp -w 127.0.17.1 a b $r; run pdcp -w 127.0.17.1 b $r/old; run pdcp -p -w 127.0.17.1 a $r/new; cd $R; stat -c '%n %a' a b old new; stat -c %y new | cut -c1-4");
        Assert.Equal("exit 0\nexit 0\nexit 0\na 600\nb 755\nold 666\nnew 600\n2020\n", result);
    }

    /// <summary>The home directory of the fleet's user, who is the current one unless the tests run as root.</summary>
    private static string GetHome(Fleet fleet) => Path.Combine(fleet.Folder, "home") is var own && Directory.Exists(own)
        ? own
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private async Task<string> RunAsync(string line)
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync(line, _environment);
        return (result.Stdout + result.Stderr).Replace($"@{Environment.MachineName.Split('.')[0]}:", "@LOCAL:", StringComparison.Ordinal);
    }
}
