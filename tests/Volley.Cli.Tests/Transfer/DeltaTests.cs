using System.Globalization;
using System.Text.Json;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>A fleet whose users have the programs of a directory first on their PATH.</summary>
public sealed class DeltaFleet : IAsyncLifetime
{
    private readonly ScratchFolder _programs = new();

    public Fleet Fleet { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Fleet = await Fleet.StartAsync(
        "Subsystem=sftp /usr/lib/openssh/sftp-server", $"SetEnv=PATH={_programs.Path}:/usr/bin:/bin").ConfigureAwait(false);

    /// <summary>Puts a program in the place of Python; null for Python itself.</summary>
    internal void ReplacePython(string? lines)
    {
        File.Delete(_programs["python3"]);
        if (lines is not null)
            _programs.WriteProgram("python3", lines);
    }

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync().ConfigureAwait(false);
        _programs.Dispose();
    }
}

/// <summary>A synchronization of a large file sends the blocks that the old file lacks.</summary>
public sealed class DeltaTests : IClassFixture<DeltaFleet>, IDisposable
{
    private const int Length = 9 << 19;
    private const int Little = 100_000;
    // The last argument is the length of a block, or empty for the hash of the whole file.
    private const string IsSignature = "[ -n \"$6\" ]";

    private readonly DeltaFleet _fleet;
    private readonly PushScene _scene;
    private byte[] _old = [];

    public DeltaTests(DeltaFleet fleet)
    {
        (_fleet, _scene) = (fleet, new(fleet.Fleet));
        fleet.ReplacePython(null);
    }

    private string Source => Path.Combine(_scene.Source, "data");

    private string Copy => Path.Combine(_scene.Target, "data");

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task EditsAreSentAndTheRestIsCopiedByTheServer()
    {
        WriteOld();
        var middle = Length / 2;
        byte[] some = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
        byte[][] edits =
        [
            [.. some, .. _old],
            [.. _old, .. some],
            [.. _old[..middle], .. some, .. _old[(middle + some.Length)..]],
            [.. _old[..middle], .. _old[(middle + 12_345)..], .. some],
            _old[..(Length - 400_001)],
            [.. _old[middle..], .. some, .. _old[..middle]],
        ];
        foreach (var edited in edits)
        {
            WriteOld();
            await CheckAsync(edited, least: 0, most: Little, edited.Length % 2 == 0 ? ["--verify"] : ["--fsync"]);
        }
    }

    [Fact]
    public async Task HolesStayHoles()
    {
        WriteOld();
        using (var file = File.Create(Source))
        {
            file.Write(_old);
            file.SetLength(64 << 20);
            file.Position = 48 << 20;
            file.Write(_old.AsSpan(1 << 19));
        }

        var (result, sent) = await SyncAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.InRange(sent, 0, Little);
        Assert.Equal(File.ReadAllBytes(Source), File.ReadAllBytes(Copy));
        var blocks = await ProgramRun.RunAsync(new ProgramStart("stat", "-c", "%b", Copy));
        Assert.InRange(long.Parse(blocks.Stdout, CultureInfo.InvariantCulture) * 512, 1, 16 << 20);
    }

    [Fact]
    public async Task WholeFilesAreSentWhereTheyMustBe()
    {
        var edited = WriteOld();
        edited[Length / 2] ^= 1;
        await CheckAsync(edited, Length, Length, "--whole-file");
        WriteOld();
        _fleet.ReplacePython("exit 127");
        await CheckAsync(edited, Length, Length);
        WriteOld();
        _fleet.ReplacePython("echo unexpected; exit 0");
        await CheckAsync(edited, Length, Length);
        // The old file has little in common with the new one.
        _fleet.ReplacePython(null);
        WriteOld();
        await CheckAsync([.. new byte[Length - 1_000_000].Select((_, i) => (byte)(i / 7 * 31)), .. _old[..1_000_000]], Length, Length);
        // The old file can't be read.
        WriteOld();
        File.SetUnixFileMode(Copy, 0);
        await CheckAsync(edited, Length, Length);
        // A small file.
        File.WriteAllBytes(Copy, edited[..1_000_000]);
        await CheckAsync(edited[..1_000_001], 1_000_001, 1_000_001);
    }

    [Fact]
    public async Task AServerWithoutCopyDataGetsTheWholeFile()
    {
        await using var fleet = await Fleet.StartAsync("Subsystem=sftp /usr/lib/openssh/sftp-server -P copy-data");
        var edited = WriteOld();
        edited[Length / 2] ^= 1;
        File.WriteAllBytes(Source, edited);
        var start = VolleyRun.Start(["sync", "-H", "127.0.60.1", "-F", fleet.SshConfig, "--output", "json", Source, $"{_scene.Target}/"]);
        File.SetUnixFileMode(Copy, (UnixFileMode)0b110_110_110);
        var result = await ProgramRun.RunAsync(start);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Length, GetSent(result));
        Assert.Equal(edited, File.ReadAllBytes(Copy));
    }

    [Fact]
    public async Task AnOldFileThatChangesMeanwhileIsReplacedByTheNewOne()
    {
        var edited = WriteOld();
        edited[Length / 2] ^= 1;
        _fleet.ReplacePython($"""/usr/bin/python3 "$@"; {IsSignature} && printf changed | dd of="$5" conv=notrunc 2>/dev/null; exit 0""");
        await CheckAsync(edited, Length + 1, Length + Little);
        // It ends before the blocks that the server should copy.
        WriteOld();
        _fleet.ReplacePython($"""/usr/bin/python3 "$@"; {IsSignature} && : >"$5"; exit 0""");
        await CheckAsync(edited, Length, Length + Little);
    }

    [Fact]
    public async Task ALostConnectionLeavesTheOldFile()
    {
        var edited = WriteOld();
        edited[Length / 2] ^= 1;
        File.WriteAllBytes(Source, edited);
        // The server's process for the session, after the new file was written and before it got its name.
        _fleet.ReplacePython($"""{IsSignature} || kill -KILL $PPID; exec /usr/bin/python3 "$@" """);
        var (result, _) = await SyncAsync();
        Assert.NotEqual(0, result.ExitCode);
        Assert.True(result.Stdout.Contains("\"connection_lost\"", StringComparison.Ordinal), result.ToString());
        Assert.Equal(_old, File.ReadAllBytes(Copy));
    }

    /// <summary>Writes the old file at the target. Returns a copy of its content.</summary>
    private byte[] WriteOld()
    {
        _old = new byte[Length];
        new Random(1).NextBytes(_old);
        File.Delete(Copy);
        File.WriteAllBytes(Copy, _old);
        File.SetLastWriteTimeUtc(Copy, DateTime.UnixEpoch.AddDays(1));
        _scene.Own(Copy);
        return [.. _old];
    }

    /// <summary>Synchronizes new content, and checks the number of bytes that were sent.</summary>
    private async Task CheckAsync(byte[] content, long least, long most, params string[] options)
    {
        File.WriteAllBytes(Source, content);
        var (result, sent) = await SyncAsync(options);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.InRange(sent, least, most);
        Assert.Equal(content, File.ReadAllBytes(Copy));
        Assert.Equal(["data"], _scene.Names());
        Assert.Equal(File.GetUnixFileMode(Source), File.GetUnixFileMode(Copy));
        Assert.Equal(File.GetLastWriteTimeUtc(Source), File.GetLastWriteTimeUtc(Copy), TimeSpan.FromSeconds(1));
    }

    private async Task<(ProgramResult Result, long Sent)> SyncAsync(params string[] options)
    {
        var result = await ProgramRun.RunAsync(_scene.Start("sync", "127.0.60.1", [Source, $"{_scene.Target}/", "--output", "json", .. options]));
        return (result, GetSent(result));
    }

    private static long GetSent(ProgramResult result)
    {
        foreach (var line in VolleyRun.Lines(result.Stdout))
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("event").GetString() == "finished")
                return json.RootElement.TryGetProperty("transferred_bytes", out var bytes) ? bytes.GetInt64() : 0;
        }

        throw new InvalidOperationException(result.ToString());
    }
}
