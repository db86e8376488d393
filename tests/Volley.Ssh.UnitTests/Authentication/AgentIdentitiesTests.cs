using System.Text;
using Volley.Ssh.Auth;
using Volley.Ssh.Keys;
using Volley.Ssh.UnitTests.Keys;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Authentication;

/// <summary>Which keys are tried for a host, in which order: with a real agent and real files.</summary>
public sealed class AgentIdentitiesTests : IAsyncLifetime
{
    private readonly KeyFolder _keys = new();
    private readonly Identities _identities = new();
    private ProgramRun? _agent;

    private string Socket => Path.Combine(_keys.Folder, "agent");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _identities.Dispose();
        if (_agent is not null)
            await _agent.DisposeAsync();
        _keys.Dispose();
    }

    [Fact]
    public async Task KeysOfTheAgentThatAreConfiguredComeFirstThenItsOthersThenFiles()
    {
        string fileOnly = await NewAsync(), inBoth = await NewAsync(), agentOnly = await NewAsync();
        await StartAgentAsync(agentOnly, inBoth);
        Assert.Equal([inBoth, agentOnly, fileOnly], await TriedAsync($"IdentityFile {fileOnly}\nIdentityFile {inBoth}"));
        Assert.Equal([inBoth, fileOnly], await TriedAsync($"IdentityFile {fileOnly}\nIdentityFile {inBoth}\nIdentitiesOnly yes"));
    }

    [Fact]
    public async Task CertificatesThatAreConfiguredComeFirst()
    {
        string key = await NewAsync(), agentOnly = await NewAsync();
        await StartAgentAsync(agentOnly);
        var certificate = await CertifyAsync(key);
        Assert.Equal([certificate, agentOnly, key], await TriedAsync($"IdentityFile {key}\nCertificateFile {certificate}"));
    }

    [Fact]
    public async Task ACertificateBesideItsKeyComesAfterIt()
    {
        string one = await NewAsync(), other = await NewAsync();
        await StartAgentAsync();
        var certificate = await CertifyAsync(one);
        Assert.Equal([one, certificate, other], await TriedAsync($"IdentityFile {one}\nIdentityFile {other}"));
        // As in ssh, only where none is configured.
        Assert.Equal([one, other], await TriedAsync($"IdentityFile {one}\nIdentityFile {other}\nCertificateFile {other}-cert.pub"));
    }

    [Fact]
    public async Task ACertificateWhoseKeyTheAgentHoldsIsSignedForByIt()
    {
        var key = await NewAsync();
        await StartAgentAsync(key);
        var certificate = await CertifyAsync(key);
        File.Delete(key);
        var keys = await KeysAsync($"IdentityFile {key}\nCertificateFile {certificate}");
        Assert.Equal([certificate, key], keys.Select(Name));
        Assert.NotEmpty(await keys[0].SignAsync(keys[0].SignatureAlgorithms[0], new byte[10], null, default));
    }

    [Fact]
    public async Task APublicFileStandsForTheKeyThatTheAgentHolds()
    {
        string key = await NewAsync(), other = await NewAsync();
        await StartAgentAsync(other, key);
        Assert.Equal([key], await TriedAsync($"IdentityFile {key}.pub\nIdentitiesOnly yes"));
    }

    [Fact]
    public async Task WithoutAnAgentThereAreFilesAlone()
    {
        string key = await NewAsync(), other = await NewAsync();
        await StartAgentAsync(other);
        Assert.Equal([key], await TriedAsync($"IdentityFile {key}\nIdentityAgent none"));
    }

    [Fact]
    public async Task ALockedKeyIsAskedForOnceUnlessTheAgentHoldsIt()
    {
        string locked = await _keys.GenerateAsync("-t", "ed25519", "-N", "secret", "-a", "1"), held = await _keys.GenerateAsync("-t", "ed25519", "-a", "1");
        await StartAgentAsync(held);
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret", "-a", "1", "-f", held]);
        var settings = Settings($"IdentityFile {locked}\nIdentityFile {held}");
        var file = Assert.Single(await _identities.GetLockedAsync(settings));
        Assert.Equal(locked, file.Path);
        Assert.Equal([$"{locked} is encrypted, and its passphrase was not given"], _identities.GetProblems(settings).Where(t => t.StartsWith(locked, StringComparison.Ordinal)));
        Assert.False(file.TryUnlock("wrong"u8));
        Assert.True(file.TryUnlock("secret"u8));
        Assert.Empty(await _identities.GetLockedAsync(settings));
        Assert.Equal([held, locked], (await _identities.GetKeysAsync(settings)).Select(Name));
    }

    [Fact]
    public async Task ADefaultFileIsAskedForOnlyWhereThereIsNoOtherKey()
    {
        string locked = await NewAsync(), other = await NewAsync();
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "secret", "-a", "1", "-f", locked]);
        var defaults = Settings($"IdentityFile {locked}\nIdentityAgent none") with { HasDefaultIdentityFiles = true };
        Assert.Equal(locked, Assert.Single(await _identities.GetLockedAsync(defaults)).Path);
        Assert.Empty(await _identities.GetLockedAsync(defaults with { IdentityFiles = [locked, other] }));
        await StartAgentAsync(other);
        Assert.Empty(await _identities.GetLockedAsync(defaults with { IdentityAgent = Socket }));
    }

    [Fact]
    public async Task KeysThatOnlyAnotherProgramCanUseAreNamedByTheirType()
    {
        string plain = await NewAsync(), dsa = _keys.NewPath("dsa"), pem = _keys.NewPath("pem"), locked = _keys.NewPath("locked");
        var made = await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", dsa));
        Assert.SkipUnless(made.ExitCode == 0, "this OpenSSH knows no DSA keys any more (10.0 and newer)");
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-t", "dsa", "-N", "", "-m", "PEM", "-f", pem]);
        File.Delete(pem + ".pub");
        // Who can't ask for a passphrase can't use it, whatever it knows.
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-t", "dsa", "-N", "secret", "-f", locked]);
        var settings = Settings($"IdentityFile {plain}\nIdentityFile {dsa}\nIdentityFile {pem}\nIdentityFile {locked}\nIdentityFile /nowhere/key");
        Assert.Equal(["ssh-dss", "ssh-dss"], await _identities.GetForeignTypesAsync(settings));
        Assert.Empty(await _identities.GetForeignTypesAsync(settings with { IdentityFiles = [plain, locked] }));
    }

    [Fact]
    public async Task FilesThatAreOfNoUseAreTold()
    {
        var open = await NewAsync();
        KeyFolder.SetMode(open, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var settings = Settings($"IdentityFile {open}\nIdentityFile /nowhere/key\nIdentityAgent none");
        Assert.Empty(await _identities.GetKeysAsync(settings));
        Assert.Equal(
            [$"{open} is not used: others can read it; run: chmod 600 {open}", "/nowhere/key: there is no such file"],
            _identities.GetProblems(settings));
    }

    [Fact]
    public async Task AFileIsReadOnceForAllHosts()
    {
        var key = await NewAsync();
        var settings = Settings($"IdentityFile {key}\nIdentityAgent none");
        var first = await _identities.GetKeysAsync(settings);
        File.Delete(key);
        Assert.Same(first[0], (await _identities.GetKeysAsync(settings with { HostName = "another" }))[0]);
    }

    private Task<string> NewAsync() => _keys.GenerateAsync("-t", "ed25519");

    private async Task<string> CertifyAsync(string key)
    {
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-s", await NewAsync(), "-I", "id", "-n", "me", key + ".pub"]);
        return key + "-cert.pub";
    }

    private async Task StartAgentAsync(params string[] keys) => _agent = await KeyFolder.StartAgentAsync(Socket, keys);

    private SshHostSettings Settings(string lines)
    {
        var path = _keys.NewPath("config");
        File.WriteAllText(path, $"{lines}\nIdentityAgent {Socket}\n", Encoding.ASCII);
        return SshConfig.Load(new SshConfigFiles { OnlyFile = path }).Resolve("host");
    }

    private async Task<IReadOnlyList<UserKey>> KeysAsync(string lines) => await _identities.GetKeysAsync(Settings(lines));

    private async Task<IEnumerable<string>> TriedAsync(string lines) => (await KeysAsync(lines)).Select(Name);

    /// <summary>The file of a key or certificate, told by what is in it.</summary>
    private string Name(UserKey key) => Directory.GetFiles(_keys.Folder, "*.pub")
        .Where(path => KeyFolder.PublicBlob(path).AsSpan().SequenceEqual(key.PublicBlob.Span))
        .Select(path => path.EndsWith("-cert.pub", StringComparison.Ordinal) ? path : path[..^".pub".Length])
        .First();
}
