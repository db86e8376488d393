using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Keys;

/// <summary>volley keys scan, pin, changed and remove, with a real sshd.</summary>
public sealed class HostKeysTests(Fleet fleet) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task HostsWithEqualKeysAreOneLine()
    {
        var known = _folder.Write("known", "");
        var result = await RunAsync(known, "scan", "127.0.16.[1-3]");
        var (ed25519, ecdsa) = (await FingerprintAsync("ed25519"), await FingerprintAsync("ecdsa"));
        Assert.Equal((0, $"127.0.16.[1-3]\tED25519\t{ed25519}\tnew\n127.0.16.[1-3]\tECDSA\t{ecdsa}\tnew\n", ""), (result.ExitCode, Sorted(result.Stdout), result.Stderr));
        Assert.Equal("", File.ReadAllText(known));
    }

    [Fact]
    public async Task PinnedHostsAreTrustedAndNotRecordedTwice()
    {
        var known = _folder.Write("known", "# mine\nother.example ssh-ed25519 AAAA");
        // Two runs that record the same hosts.
        var both = await Task.WhenAll(RunAsync(known, "pin", "127.0.16.[11-14]"), RunAsync(known, "pin", "127.0.16.[11-14]"));
        Assert.All(both, result => Assert.Equal((0, ""), (result.ExitCode, result.Stderr)));
        var lines = File.ReadAllLines(known);
        Assert.Equal(["# mine", "other.example ssh-ed25519 AAAA"], lines[..2]);
        Assert.Equal(8, lines[2..].Distinct().Count());
        Assert.Equal(8, lines[2..].Length);
        var run = await VolleyRun.RunAsync("-F", Config(known, "StrictHostKeyChecking yes"), "-H", "127.0.16.[11-14]", "true");
        Assert.True(run.ExitCode == 0, run.ToString());
        var again = await RunAsync(known, "pin", "127.0.16.11");
        Assert.All(VolleyRun.Lines(again.Stdout), line => Assert.EndsWith("\tknown", line, StringComparison.Ordinal));
        Assert.Equal(10, File.ReadAllLines(known).Length);
    }

    [Fact]
    public async Task AChangedKeyIsShownAndReplacedOnlyAfterItsRemoval()
    {
        var stale = string.Join(' ', File.ReadAllText(fleet.KeyPath + ".pub").Split(' ')[..2]);
        var name = $"[127.0.16.21]:{fleet.Port}";
        var hashed = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 AAAA";
        var known = _folder.Write("known", $"# mine\n{hashed}\n{name},other.example {stale} comment\n");
        var changed = await RunAsync(known, "changed", "127.0.16.[21-22]");
        Assert.Equal((1, $"127.0.16.21\tED25519\t{await FingerprintAsync("ed25519")}\tchanged ({known} line 3)\n", ""), (changed.ExitCode, changed.Stdout, changed.Stderr));
        var refused = await RunAsync(known, "pin", "127.0.16.21");
        Assert.Equal(
            (1, "", $"volley: 127.0.16.21: its ED25519 host key changed ({known} line 3); if that is expected: volley keys remove -H 127.0.16.21\n"),
            (refused.ExitCode, refused.Stdout, refused.Stderr));
        var removed = await RunAsync(known, "remove", "127.0.16.21");
        Assert.Equal((0, ""), (removed.ExitCode, removed.Stderr));
        Assert.Matches(@"\A127\.0\.16\.21\t-\tSHA256:\S+\tremoved\n\z", removed.Stdout);
        Assert.Equal($"# mine\n{hashed}\nother.example {stale} comment\n", File.ReadAllText(known));
        Assert.Contains(name, File.ReadAllText(known + ".old"), StringComparison.Ordinal);
        var pinned = await RunAsync(known, "pin", "127.0.16.21");
        Assert.All(VolleyRun.Lines(pinned.Stdout), line => Assert.EndsWith("\tpinned", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AKeyThatIsRightStaysWithoutAWord()
    {
        var known = _folder.Write("known", "");
        Assert.Equal(0, (await RunAsync(known, "pin", "127.0.16.31", "-o", "HashKnownHosts=yes")).ExitCode);
        Assert.All(File.ReadAllLines(known), line => Assert.StartsWith("|1|", line, StringComparison.Ordinal));
        var refused = await RunAsync(known, "remove", "127.0.16.31");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
        Assert.Matches("its ED25519 host key SHA256:.* is right, and stays; to remove it, too: --yes", refused.Stderr);
        Assert.Equal(2, File.ReadAllLines(known).Length);
        var removed = await RunAsync(known, "remove", "127.0.16.31", "--yes");
        Assert.Equal((0, ""), (removed.ExitCode, removed.Stderr));
        Assert.Equal("", File.ReadAllText(known));
    }

    [Fact]
    public async Task AHostThatIsNotReachedKeepsItsKeys()
    {
        var known = _folder.Write("known", $"[127.0.16.41]:1 {string.Join(' ', File.ReadAllText(fleet.KeyPath + ".pub").Split(' ')[..2])}\n");
        var refused = await RunAsync(known, "remove", "127.0.16.41:1");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
        Assert.EndsWith("; its keys may still be right; to remove them: --yes\n", refused.Stderr, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(known, "remove", "127.0.16.41:1", "--yes")).ExitCode);
        Assert.Equal("", File.ReadAllText(known));
    }

    [Fact]
    public async Task SeveralThatPinAndRemoveAtOnceLoseNothing()
    {
        var stale = string.Join(' ', File.ReadAllText(fleet.KeyPath + ".pub").Split(' ')[..2]);
        var gone = string.Concat(Enumerable.Range(71, 4).Select(i => $"[127.0.16.{i}]:{fleet.Port} {stale}\n"));
        var known = _folder.Write("known", $"# mine\n{gone}other.example ssh-ed25519 AAAA\n");
        var runs = await Task.WhenAll(
            RunAsync(known, "remove", "127.0.16.[71-72]"), RunAsync(known, "remove", "127.0.16.[73-74]"), RunAsync(known, "remove", "127.0.16.[71-74]", "--yes"),
            RunAsync(known, "pin", "127.0.16.[61-64]"), RunAsync(known, "pin", "127.0.16.[63-66]"), RunAsync(known, "pin", "127.0.16.[61-66]"));
        Assert.All(runs, result => Assert.True(result.ExitCode == 0, result.ToString()));
        var lines = File.ReadAllLines(known);
        Assert.Equal(["# mine", "other.example ssh-ed25519 AAAA"], lines[..2]);
        // Six hosts with two keys each.
        Assert.Equal((12, 12), (lines[2..].Length, lines[2..].Distinct().Count()));
        Assert.DoesNotContain(lines, line => line.Contains(stale, StringComparison.Ordinal));
    }

    private Task<ProgramResult> RunAsync(string known, string verb, string hosts, params string[] words) =>
        ProgramRun.RunAsync(VolleyRun.Start(["keys", verb, "-F", Config(known), "-H", hosts, .. words]), Limit);

    private string Config(string known, params string[] lines) => new FleetConfig(fleet) { KnownHosts = known, Lines = lines }.Write();

    private async Task<string> FingerprintAsync(string kind)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-lf", Path.Combine(fleet.Folder, $"host_{kind}.pub")));
        return result.Stdout.Split(' ')[1];
    }

    /// <summary>Lines with Ed25519 first: the order of preference may change.</summary>
    private static string Sorted(string lines) =>
        string.Concat(VolleyRun.Lines(lines).OrderBy(line => line.Contains("ED25519", StringComparison.Ordinal) ? 0 : 1).Select(line => line + "\n"));
}
