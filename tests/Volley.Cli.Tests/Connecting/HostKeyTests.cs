using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>Host keys and certificates on the built program, the same over every transport.</summary>
public sealed class HostKeyTests(Fleet fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly string[] Names = ["native", "auto", "openssh", "plain"];

    /// <summary>The transports; <c>plain</c> is an ssh for each command, as where ssh is too old for control masters.</summary>
    public static readonly TheoryData<string> Transports = new(Names);

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task AChangedKeyThatIsLetPassIsWarnedOfOnceAHost(string transport)
    {
        var (one, two) = (Address(transport, 1), Address(transport, 2));
        var known = await WrongKeyOfAsync(one);
        var result = await RunAsync(transport, $"{one},{two},{one}", known, "-q", "-o", "StrictHostKeyChecking=no", "--parallel", "1", "-N", "echo in");
        Assert.Equal((0, "in\nin\nin\n"), (result.ExitCode, result.Stdout));
        Assert.Equal(
            $"volley: {one}: the host key differs from the known one; accepted because StrictHostKeyChecking is no, and no password is sent\n",
            result.Stderr.Replace($"{one}#1", one, StringComparison.Ordinal));
        // What is refused is no warning.
        var refused = await RunAsync(transport, one, known, "-q", "true");
        Assert.Equal(255, refused.ExitCode);
        Assert.StartsWith($"volley: {one}: host key rejected: host key changed ({known} line 1)", refused.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("accepted", refused.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task AKeyThatIsRecordedIsToldWithItsFileAndCounted(string transport)
    {
        var known = fleet.NewPath("hostkeys");
        var hosts = string.Join(',', Enumerable.Range(3, 3).Select(i => Address(transport, i)));
        var report = fleet.NewPath("hostkeys");
        // One of them comes twice, and is recorded once.
        var result = await RunAsync(transport, $"{hosts},{Address(transport, 3)}", known, "-v", "--parallel", "1", "--progress", "always", "--report", report, "true");
        Assert.Equal(0, result.ExitCode);
        foreach (var host in hosts.Split(','))
            Assert.Matches($"volley: {host}(#\\d)?: recorded its ED25519 host key in {known}\n", result.Stderr);
        Assert.Contains("; 3 host keys recorded\n", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(3, (int)JsonNode.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken))!["recorded_host_keys"]!);
        Assert.Equal(3, File.ReadLines(known).Count());

        var again = await RunAsync(transport, hosts, known, "--progress", "always", "true");
        Assert.DoesNotContain("record", again.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native", "mount -o remount,ro \"$D\"", "Read-only file system")]
    [InlineData("openssh", "mount -o remount,ro \"$D\"", "ssh can't write it")]
    [InlineData("native", "dd if=/dev/zero of=\"$D/fill\" 2>/dev/null", "No space left on device")]
    [InlineData("native", "rm \"$D/known\"; mount -o remount,ro \"$D\"", "Read-only file system")]
    public async Task WhereKeysCantBeRecordedNewHostsAreAcceptedWithOneWarning(string transport, string spoil, string reason)
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can mount a file system");
        var folder = Directory.CreateDirectory(fleet.NewPath("hostkeys")).FullName;
        // A file that fills its last block leaves no room for a line where the disk is full.
        var config = new FleetConfig(fleet) { KnownHosts = $"{folder}/known" }.Write();
        var script = $"D={folder}; mount -t tmpfs -o size=64k none \"$D\" && head -c 4095 /dev/zero | tr '\\0' '#' >\"$D/known\" && echo >>\"$D/known\"; {spoil}; "
            + $"exec {BuiltProgram.Path} --transport {transport} -F {config} --output stream -H 127.0.110.[1-3] -N 'echo in'";
        var result = await ProgramRun.RunAsync(new ProgramStart("unshare", "-m", "/bin/sh", "-c", script), Limit);
        Assert.Equal((0, "in\nin\nin\n"), (result.ExitCode, result.Stdout));
        Assert.Equal($"volley: new host keys can't be recorded in {folder}/known: {reason}; unknown hosts are accepted without a record\n", result.Stderr);
    }

    [Fact]
    public async Task AFileThatCantBeReadStillRefuses()
    {
        var known = Directory.CreateDirectory(fleet.NewPath("hostkeys")).FullName;
        var result = await RunAsync("native", "127.0.110.4", known, "echo in");
        Assert.Equal((255, ""), (result.ExitCode, result.Stdout));
        Assert.Contains($"host key rejected: {known} can't be read, so no host key can be trusted", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificatesOfHostsFollowOpenSsh()
    {
        var authority = await fleet.NewKeyAsync();
        // A host has an Ed25519 key of its own, too, by which the fleet is known.
        await using var special = await Fleet.StartCertifiedAsync(authority, await fleet.NewKeyAsync("-t", "rsa"), "-n", "127.0.110.5,127.0.110.6?");
        // The authority is for the host without its port, as in ssh. An ssh before 10.3 takes no wildcards in principals.
        var config = new FleetConfig(special) { KnownHosts = fleet.Write("hostkeys", $"@cert-authority 127.0.* {PublicKey(authority)}\n"), Lines = ["StrictHostKeyChecking yes"] }.Write();
        foreach (var (transport, host, isAccepted) in new[] { ("native", 5, true), ("native", 61, true), ("native", 6, false), ("openssh", 5, true), ("openssh", 7, false) })
        {
            var result = await ProgramRun.RunAsync(["-F", config, "--transport", transport, "-H", $"127.0.110.{host}", "-N", "--output", "stream", "echo in"], limit: Limit);
            Assert.True((result.ExitCode, result.Stdout) == (isAccepted ? (0, "in\n") : (255, "")), $"{transport} {host}: {result}");
            Assert.Equal(!isAccepted, result.Stderr.Contains("host key rejected: ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task ACertificateWithoutPrincipalsIsForNoHostAndIsNotTriedBySsh()
    {
        var authority = await fleet.NewKeyAsync();
        await using var special = await Fleet.StartCertifiedAsync(authority, await fleet.NewKeyAsync("-t", "rsa"));
        var config = new FleetConfig(special) { KnownHosts = fleet.Write("hostkeys", $"@cert-authority * {PublicKey(authority)}\n"), Lines = ["StrictHostKeyChecking yes"] }.Write();
        var result = await ProgramRun.RunAsync(["-F", config, "-H", "127.0.110.6", "-v", "echo in"], limit: Limit);
        Assert.Equal((255, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("host key rejected: No RSA host key is known for ", result.Stderr, StringComparison.Ordinal);
        Assert.Contains("does not count: it names no host", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("transport openssh", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native", "")]
    [InlineData("openssh", "")]
    [InlineData("native", "--ask")]
    [InlineData("openssh", "--ask")]
    public async Task WithoutATerminalTheQuestionIsNamedAndAWayOut(string transport, string option)
    {
        var known = fleet.NewPath("hostkeys");
        var host = Address(transport, 61);
        var result = await RunAsync(transport, host, known, [.. option.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-o", "StrictHostKeyChecking=ask", "true"]);
        Assert.Equal((255, ""), (result.ExitCode, result.Stdout));
        // ssh itself reports only that the verification has failed.
        var key = transport == "openssh" && option.Length == 0 ? ("", "it") : ("ED25519 ", @"SHA256:\S+");
        Assert.Matches(
            $@"\Avolley: {Regex.Escape(host)}: host key rejected: No {key.Item1}host key is known for \[{Regex.Escape(host)}\]:{fleet.Port}, "
            + $"and the question whether to accept {key.Item2} has no answer; answer its questions on a terminal: volley connect -H HOST, or --ask\n", result.Stderr);
        Assert.False(File.Exists(known));
    }

    [Theory]
    [InlineData("native", "yes", 0)]
    [InlineData("openssh", "yes", 0)]
    [InlineData("native", "no", 255)]
    [InlineData("openssh", "no", 255)]
    public async Task EqualQuestionsAreAskedOnce(string transport, string answer, int code)
    {
        // Both hosts have one name in known_hosts, and the key is recorded nowhere.
        var config = new FleetConfig(fleet)
        {
            KnownHosts = "/dev/null",
            Lines = ["HostKeyAlias both", "StrictHostKeyChecking ask"],
        }.Write();
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "-F", config, "--ask", "--transport", transport, "-N", "--output", "stream", "-H", $"{Address(transport, 71)},{Address(transport, 72)}", "echo in"));
        await program.ReadUntilAsync("(yes/no", Limit);
        program.Type($"{answer}\r");
        Assert.Equal(code, await program.WaitForExitAsync(Limit));
        Assert.Equal(1, program.Transcript.Split("(yes/no").Length - 1);
        Assert.Equal(code == 0 ? 2 : 0, program.Transcript.Split("in\r\n").Length - 1);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task AnAnswerThatIsNoneIsAskedForAgain(string transport)
    {
        var config = new FleetConfig(fleet) { KnownHosts = "/dev/null", Lines = ["StrictHostKeyChecking ask"] }.Write();
        await using var program = PtyProgram.Start(VolleyRun.Start(
            "-F", config, "--ask", "--transport", transport, "-N", "--output", "stream", "-H", Address(transport, 73), "echo in"));
        await program.ReadUntilAsync("(yes/no", Limit);
        program.Type("maybe\r");
        await program.ReadUntilAsync("Please type 'yes', 'no' or the fingerprint: ", Limit);
        program.Type("yes\r");
        Assert.Equal(0, await program.WaitForExitAsync(Limit));
    }

    private static string Address(string transport, int last) =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.{111 + Array.IndexOf(Names, transport)}.{last}");

    private Task<ProgramResult> RunAsync(string transport, string hosts, string known, params string[] words)
    {
        var config = new FleetConfig(fleet) { KnownHosts = known }.Write();
        var start = VolleyRun.Start(
            ["-F", config, "--output", "stream", "--transport", transport == "plain" ? "openssh" : transport, "-H", hosts, .. words]);
        return ProgramRun.RunAsync(transport == "plain" ? start.WithVariable("PATH", $"{OldSsh()}:{Environment.GetEnvironmentVariable("PATH")}") : start, Limit);
    }

    /// <summary>A directory with an ssh whose version is too old for control masters.</summary>
    private string OldSsh()
    {
        var folder = Directory.CreateDirectory(fleet.NewPath("hostkeys")).FullName;
        var path = Path.Combine(folder, "ssh");
        File.WriteAllText(path, "#!/bin/sh\n[ \"$1\" = -V ] && exec echo OpenSSH_7.3p1, OpenSSL 1.0.2 >&2\nexec /usr/bin/ssh \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return folder;
    }

    /// <summary>A file of known hosts with a key that is not this host's, and the right one of all others.</summary>
    private async Task<string> WrongKeyOfAsync(string host)
    {
        var right = File.ReadLines(fleet.KnownHosts).Select(line => $"[127.*]:{fleet.Port},!{Name(host)} {line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]}");
        return fleet.Write("hostkeys", $"{Name(host)} {PublicKey(await fleet.NewKeyAsync())}\n{string.Join('\n', right)}\n");
    }

    private string Name(string host) => $"[{host}]:{fleet.Port}";

    private static string PublicKey(string key) => string.Join(' ', File.ReadAllText(key + ".pub").Split(' ')[..2]);
}
