using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Keys;

/// <summary>volley keys push and keys remove KEY.pub: authorized_keys of a real account, which all hosts of the fleet share.</summary>
public sealed class AuthorizedKeysTests : IAsyncLifetime
{
    private const string Password = "0pen sesame";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly ScratchFolder _folder = new();
    private Fleet _fleet = null!;

    private string Authorized => Path.Combine(_fleet.Folder, "home", ".ssh", "authorized_keys");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a user a password");
        _fleet = await Fleet.StartAsync("PasswordAuthentication=yes", "AuthorizedKeysFile=.ssh/authorized_keys");
        var set = await ProgramRun.RunAsync(new ProgramStart("/bin/sh", "-c", $"echo '{_fleet.User}:{Password}' | /usr/sbin/chpasswd"));
        Assert.True(set.ExitCode == 0, set.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        if (_fleet is not null)
            await _fleet.DisposeAsync();
    }

    [Fact]
    public async Task AKeyIsAddedOnceWithOnePasswordAndTakenBack()
    {
        var (first, second) = (await NewKeyAsync("first"), await NewKeyAsync("second"));
        await using (var push = PtyProgram.Start(VolleyRun.Start(
            "keys", "push", first + ".pub", "-F", Config(null), "--password", "--output", "stream", "-N", "-H", "127.0.17.[1-4]")))
        {
            await push.ReadUntilAsync("Password: ", Limit);
            push.Type(Password + "\r");
            Assert.Equal(0, await push.WaitForExitAsync(Limit));
            // The hosts share the file, so three of them wait for the lock and find the key.
            Assert.Equal(1, Count(push.Transcript, "added\r\n"));
            Assert.Equal(3, Count(push.Transcript, "already authorized\r\n"));
        }

        Assert.Equal([Line(first)], File.ReadAllLines(Authorized));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Authorized));
        var login = await VolleyRun.RunAsync("-F", Config(first), "-N", "-H", "127.0.17.1", "echo in");
        Assert.Equal((0, "in\n"), (login.ExitCode, login.Stdout));

        // What is there stays: a comment, options, and a last line without a newline.
        var before = $"# mine\nfrom=\"*\" {Line(first)}";
        File.WriteAllText(Authorized, before);
        Assert.Equal((0, "added\n"), await RunAsync(first, "push", second + ".pub"));
        Assert.Equal($"{before}\n{Line(second)}\n", File.ReadAllText(Authorized));
        Assert.Equal(before, File.ReadAllText(Authorized + ".volley"));
        Assert.Equal((0, "already authorized\n"), await RunAsync(first, "push", first + ".pub"));

        Assert.Equal((0, "removed\n"), await RunAsync(second, "remove", first + ".pub"));
        Assert.Equal($"# mine\n{Line(second)}\n", File.ReadAllText(Authorized));
        Assert.Equal((0, "not authorized\n"), await RunAsync(second, "remove", first + ".pub"));
        var last = await VolleyRun.RunAsync(Words(second, "remove", second + ".pub"));
        Assert.Equal((1, ""), (last.ExitCode, last.Stdout));
        Assert.Contains("it is the last key in ", last.Stderr, StringComparison.Ordinal);
        Assert.Equal($"# mine\n{Line(second)}\n", File.ReadAllText(Authorized));
        Assert.Equal((0, "removed\n"), await RunAsync(second, "remove", second + ".pub", "--yes"));
        Assert.Equal("# mine\n", File.ReadAllText(Authorized));
    }

    [Fact]
    public async Task OnlyAKeyThatCertainlyWorksLetsAnotherOneBeRemoved()
    {
        var (key, other) = (await NewKeyAsync("kept"), await NewKeyAsync("other"));
        Directory.CreateDirectory(Path.GetDirectoryName(Authorized)!);
        string[] useless =
        [
            "garbage", Line(other)[..50], $"expiry-time=\"20200101\" {Line(other)}", $"cert-authority {Line(other)}", $"command=\"\" {Line(other)}", "ssh-dss AAAAB3NzaC1kc3MAAACBAO x",
        ];
        File.WriteAllLines(Authorized, [Line(key), .. useless]);
        Assert.Equal(0, (await ProgramRun.RunAsync(ProgramStart.Shell($"chown -R {_fleet.User} {Path.GetDirectoryName(Authorized)}"))).ExitCode);
        var (code, text) = await RunAsync(key, "remove", key + ".pub");
        Assert.Equal(1, code);
        Assert.Contains("that certainly works, and stays; to remove it: --yes", text, StringComparison.Ordinal);
        Assert.Equal([Line(key), .. useless], File.ReadAllLines(Authorized));
        File.AppendAllText(Authorized, $"no-pty,no-X11-forwarding {Line(other)}\n");
        Assert.Equal((0, "removed\n"), await RunAsync(key, "remove", key + ".pub"));
    }

    [Fact]
    public async Task SeveralAtOnceLoseNoKeyAndKeepTheLastOne()
    {
        string[] keys = [await NewKeyAsync("one"), await NewKeyAsync("two"), await NewKeyAsync("three"), await NewKeyAsync("four")];
        Directory.CreateDirectory(Path.GetDirectoryName(Authorized)!);
        File.WriteAllText(Authorized, Line(keys[0]) + "\n");
        var own = await ProgramRun.RunAsync(ProgramStart.Shell($"chown -R {_fleet.User} {Path.GetDirectoryName(Authorized)}"));
        Assert.Equal(0, own.ExitCode);
        // The hosts share the file, so eight editors are there for two processes.
        var pushes = await Task.WhenAll(keys[1..].SelectMany(key => new[] { key, key }).Select(key =>
            ProgramRun.RunAsync(VolleyRun.Start("keys", "push", key + ".pub", "-F", Config(keys[0]), "-N", "-H", "127.0.17.[31-34]"), Limit)));
        Assert.All(pushes, result => Assert.True(result.ExitCode == 0, result.ToString()));
        Assert.Equal(keys.Select(Line).Order(), File.ReadAllLines(Authorized).Order());

        // Each removes its own key, which is the last one for one of them.
        var removals = await Task.WhenAll(keys.Select(key => ProgramRun.RunAsync(VolleyRun.Start(Words(key, "remove", key + ".pub")), Limit)));
        Assert.All(removals, result => Assert.True(
            result.Stdout is "removed\n" || result.Stderr.Contains("it is the last key in ", StringComparison.Ordinal)
                || result.Stderr.Contains("authentication failed", StringComparison.Ordinal), result.ToString()));
        Assert.Single(File.ReadAllLines(Authorized));
    }

    [Fact]
    public async Task TheCommandsOfTheGuideWorkInTheirOrder()
    {
        foreach (var name in new[] { "id_ed25519", "id_old" })
            await NewKeyAsync(name);
        File.SetUnixFileMode(_folder.Write("password", Password + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var stale = string.Join(' ', File.ReadAllText(_folder["id_old.pub"]).Split(' ')[..2]);
        var known = _folder.Write("known_hosts", $"[127.0.17.43]:{_fleet.Port} {stale}\n");
        var hosts = Enumerable.Range(1, 3).Select(i => $"Host web{i}\nHostName 127.0.17.4{i}\nHost *");
        var config = new FleetConfig(_fleet) { Identity = null, KnownHosts = known, Lines = [.. hosts, "IdentitiesOnly no"] }.Write();
        var old = VolleyRun.Start("keys", "push", "id_old.pub", "-F", config, "-H", "127.0.17.45", "--password-file", "password") with { WorkingDirectory = _folder.Path };
        Assert.Equal(0, (await ProgramRun.RunAsync(old, Limit)).ExitCode);

        var commands = (await GuidePage.ReadAsync("keys.md")).Text.Split('\n').Where(line => line.StartsWith("volley ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(8, commands.Length);
        foreach (var command in commands)
        {
            var start = GuidePage.Start(VolleyRun.Start() with { WorkingDirectory = _folder.Path }, command);
            var result = await ProgramRun.RunAsync(start.WithVariable("VOLLEY_SSH_CONFIG", config), Limit);
            // web3 was installed again.
            var isRefused = command is "volley keys pin -H 'web[1-3]'" or "volley keys changed -H 'web[1-3]'";
            Assert.True(result.ExitCode == (isRefused ? 1 : 0), $"{command}: {result}");
        }

        Assert.Equal([Line(_folder["id_ed25519"])], File.ReadAllLines(Authorized));
        Assert.DoesNotContain(stale, File.ReadAllText(known), StringComparison.Ordinal);
    }

    [Fact]
    public async Task APrivateKeyIsNotSent()
    {
        var key = await NewKeyAsync("private");
        var result = await VolleyRun.RunAsync("keys", "push", key, "-F", Config(null), "-H", "127.0.17.11");
        Assert.Equal((2, "", $"volley: {key} is a private key, which must stay on this machine; use {key}.pub\n"), (result.ExitCode, result.Stdout, result.Stderr));
    }

    private async Task<(int, string)> RunAsync(string identity, params string[] words)
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Start(Words(identity, words)), Limit);
        return (result.ExitCode, result.Stdout + result.Stderr);
    }

    private string[] Words(string identity, params string[] words) =>
        ["keys", .. words, "-F", Config(identity), "-N", "--output", "stream", "-H", "127.0.17.21"];

    private string Config(string? identity) => new FleetConfig(_fleet) { Identity = identity }.Write();

    private async Task<string> NewKeyAsync(string name)
    {
        var path = _folder[name];
        await SshKeygen.GenerateAsync(path);
        return path;
    }

    private static string Line(string key) => File.ReadAllText(key + ".pub").Trim();

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
