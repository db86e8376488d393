using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>A kept connection serves a later run only as long as the configuration means the same for it.</summary>
public sealed class KeptMatchTests(Fleet fleet) : IAsyncDisposable
{
    private const string LoginOf = "echo $SSH_CONNECTION | cut -d' ' -f2";

    private readonly KeptRuns _runs = new(fleet);
    private readonly ScratchFolder _folder = new();

    public async ValueTask DisposeAsync()
    {
        await _runs.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task AnIncludedFileThatHasChangedGetsAConnectionOfItsOwn()
    {
        var included = _folder.Write("included", "Compression no \n");
        var written = File.GetLastWriteTimeUtc(included);
        await AssertNewLoginAsync("127.0.45.1", Config($"Include {included}"), () =>
        {
            // The same length and time.
            File.WriteAllText(included, "Compression yes\n");
            File.SetLastWriteTimeUtc(included, written);
            return null;
        });
    }

    [Fact]
    public async Task SoDoesOneMoreFileOfAPattern() =>
        await AssertNewLoginAsync("127.0.45.2", Config($"Include {_folder.Path}/*.conf"), () =>
        {
            _folder.Write("more.conf", "Compression yes\n");
            return null;
        });

    [Fact]
    public async Task SoDoesAnotherHostBehindAName()
    {
        var included = _folder.Write("included", "Host kept\nHostName 127.0.45.3\n");
        await AssertNewLoginAsync("kept", Config($"Include {included}"), () =>
        {
            _folder.Write("included", "Host kept\nHostName 127.0.45.4\n");
            return null;
        });
    }

    [Theory]
    [InlineData("127.0.45.5", "IdentityFile ${VOLLEY_KEY}")]
    [InlineData("127.0.45.15", "ProxyCommand env KEY=$VOLLEY_KEY ssh -F {fleet} -W %h:%p 127.0.45.20")]
    public async Task SoDoesAnotherValueOfAVariable(string host, string line)
    {
        File.Copy(fleet.KeyPath, _folder["key"]);
        await AssertNewLoginAsync(host, Config(line.Replace("{fleet}", fleet.SshConfig, StringComparison.Ordinal)), () => _folder["key"], fleet.KeyPath);
    }

    [Fact]
    public async Task SoDoesAnotherKeyInTheSameFile()
    {
        File.Copy(fleet.KeyPath, _folder["key"]);
        await AssertNewLoginAsync("127.0.45.6", new FleetConfig(fleet) { Identity = _folder["key"] }.Write(), () =>
        {
            File.Delete(_folder["key"]);
            File.Copy(fleet.KeyPath, _folder["key"]);
            return null;
        });
    }

    [Fact]
    public async Task SoDoesAConditionThatOnlySshCanJudge() =>
        await AssertNewLoginAsync("127.0.45.7", Config($"Match exec \"test -e {_folder.Path}/away\"\nCompression yes\nMatch all"), () =>
        {
            _folder.Write("away", "");
            return null;
        });

    [Fact]
    public async Task SoDoesAnotherWayToAJumpHost()
    {
        var included = _folder.Write("included", "Host gate\nHostName 127.0.45.8\n");
        await AssertNewLoginAsync("127.0.45.9", Config($"Include {included}\nHost 127.0.45.9\nProxyJump gate\nHost *"), () =>
        {
            _folder.Write("included", "Host gate\nHostName 127.0.45.10\n");
            return null;
        });
    }

    [Fact]
    public async Task TheNoteOfAConnectionWhoseTimeIsOverIsRemovedByAnyRun()
    {
        var config = Config();
        await RunAsync("127.0.45.11", config, null, "--keep", "1m");
        var (socket, process) = await _runs.OnlyMasterAsync();
        // It exits as if its time had elapsed, and removes its socket.
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("kill", $"{process}"))).ExitCode);
        Assert.True(await Processes.WaitForEndAsync(process, Transcript.DefaultLimit));
        Assert.Equal((false, true), (File.Exists(socket), File.Exists(socket + ".note")));
        await RunAsync("127.0.45.12", config, null);
        Assert.DoesNotContain(Directory.EnumerateFiles(_runs.Sockets), file => file.EndsWith(".note", StringComparison.Ordinal));
    }

    private string Config(params string[] lines) => new FleetConfig(fleet) { Lines = lines }.Write();

    /// <summary>Two runs share a login; one after a change does not. The change returns the variable's new value, if that is it.</summary>
    private async Task AssertNewLoginAsync(string host, string config, Func<string?> change, string? variable = null)
    {
        var first = await RunAsync(host, config, variable, "--keep", "1m");
        Assert.Equal(first, await RunAsync(host, config, variable));
        var changed = change() ?? variable;
        Assert.NotEqual(first, await RunAsync(host, config, changed));
    }

    private async Task<string> RunAsync(string host, string config, string? variable, params string[] options)
    {
        var result = await ProgramRun.RunAsync(
            _runs.Start(["-F", config, "-H", host, .. options, LoginOf]).WithVariable("VOLLEY_KEY", variable), TimeSpan.FromSeconds(60));
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Stdout;
    }
}
