using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>A fleet with an SFTP server, for xunit.</summary>
public sealed class SftpFleet : IAsyncLifetime
{
    private const string Server = "/usr/lib/openssh/sftp-server";

    public Fleet Fleet { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Fleet = await Fleet.StartAsync($"Subsystem=sftp {Server}").ConfigureAwait(false);

    public async ValueTask DisposeAsync() => await Fleet.DisposeAsync().ConfigureAwait(false);
}

/// <summary>Sources and destinations of pushes: a directory for each.</summary>
internal sealed class PushScene : IDisposable
{
    private readonly Fleet _fleet;
    private readonly ScratchFolder _folder = new();

    public PushScene(Fleet fleet)
    {
        _fleet = fleet;
        Directory.CreateDirectory(Source);
        Directory.CreateDirectory(Target);
        File.SetUnixFileMode(Target, (UnixFileMode)0b111_111_111);
    }

    public string Source => _folder["source"];

    public string Target => _folder["target"];

    public string this[string name] => _folder[name];

    /// <summary>Writes a source file.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes a source file of random bytes.</summary>
    public string WriteBytes(string name, int count)
    {
        var path = Path.Combine(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a file at the target that the fleet's user owns.</summary>
    public string WriteTarget(string name, string text)
    {
        var path = Path.Combine(Target, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        Own(path);
        return path;
    }

    /// <summary>Gives a path to the fleet's user.</summary>
    public void Own(string path)
    {
        using var program = Process.Start("chown", ["-R", "-h", _fleet.User, path]);
        program.WaitForExit();
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Target, name));

    /// <summary>All names below the target, in order; temporary files are among them.</summary>
    public string[] Names() => Names(Target);

    public static string[] Names(string directory) =>
        [.. Directory.EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(directory, path)).Order(StringComparer.Ordinal)];

    /// <summary>The command line of a verb for one host or several.</summary>
    public ProgramStart Start(string verb, string hosts, params IReadOnlyList<string> arguments) =>
        VolleyRun.Start([verb, "-H", hosts, "-F", _fleet.SshConfig, "-q", .. arguments]);

    public Task<ProgramResult> PushAsync(params IReadOnlyList<string> arguments) => ProgramRun.RunAsync(Start("push", "127.0.60.1", arguments));

    public void Dispose() => _folder.Dispose();
}
