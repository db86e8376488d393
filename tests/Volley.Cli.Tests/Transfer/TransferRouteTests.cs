using System.Diagnostics;
using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>The three verbs over every way to a host, with names that no text has.</summary>
public sealed class TransferRouteTests(SftpFleet fleet) : IClassFixture<SftpFleet>, IDisposable
{
    private readonly PushScene _scene = new(fleet.Fleet);

    /// <summary>The options of each route.</summary>
    public static TheoryData<string> Routes => ["--transport native", "--transport openssh", "--transport openssh --keep 60", "-o ControlPath=none --transport openssh", "-J 127.0.60.2", "--transport openssh -J 127.0.60.2", "--transport exec"];

    public void Dispose()
    {
        // The base library does not delete names that are not UTF-8.
        using var removal = Process.Start("rm", ["-rf", _scene.Source, _scene.Target, _scene["local"]]);
        removal.WaitForExit();
        _scene.Dispose();
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task EveryNameArrives(string route)
    {
        _scene.Write("tree/sub/plain", "one");
        await ShellAsync(_scene.Source, "cd tree; printf x >'new\nline'; printf y >\"$(printf 'bad\\377\\376')\"; printf z >\"$(printf '\\033[31m')\"; mkdir ' '; ln -s plain sub/link; : >sub/-rf; : >'~'; : >'{host}'");
        var expected = await ListAsync(Path.Combine(_scene.Source, "tree"));
        await RunAsync("push", route, Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/");
        Assert.Equal(expected, await ListAsync(Path.Combine(_scene.Target, "tree")));

        await ShellAsync(_scene.Source, "cd tree; printf more >'new\nline'; rm \"$(printf 'bad\\377\\376')\"");
        expected = await ListAsync(Path.Combine(_scene.Source, "tree"));
        await RunAsync("sync", route, "--delete", Path.Combine(_scene.Source, "tree"), $"{_scene.Target}/tree");
        Assert.Equal(expected, await ListAsync(Path.Combine(_scene.Target, "tree")));

        await RunAsync("pull", route, Path.Combine(_scene.Target, "tree"), _scene["local"]);
        Assert.Equal(expected, await ListAsync(_scene["local/127.0.60.1/tree"]));
    }

    private static async Task ShellAsync(string directory, string line)
    {
        var run = await ProgramRun.RunAsync(ProgramStart.Shell($"set -e; {line}") with { WorkingDirectory = directory });
        Assert.True(run.ExitCode == 0, run.ToString());
    }

    /// <summary>Returns the names, kinds, modes, times and contents below a directory.</summary>
    private static async Task<string> ListAsync(string directory)
    {
        var run = await ProgramRun.RunAsync(ProgramStart.Shell(
            "find . -mindepth 1 -printf '%P\\0%y%m %l ' \\( ! -type d -printf '%Ts ' -o -true \\) \\( -type f -exec cat {} \\; -o -true \\) -printf '\\0' | sort -z") with
        { WorkingDirectory = directory });
        Assert.True(run.ExitCode == 0, run.ToString());
        return Convert.ToHexString(run.StdoutBytes) + Encoding.Latin1.GetString(run.StdoutBytes);
    }

    private async Task RunAsync(string verb, string route, params IReadOnlyList<string> paths)
    {
        string[] config = route.Contains("exec", StringComparison.Ordinal) ? [] : ["-F", fleet.Fleet.SshConfig];
        var run = await VolleyRun.RunAsync([verb, "-H", "127.0.60.1", "-q", .. config, .. route.Split(' '), .. paths]);
        Assert.True((run.ExitCode, run.Stdout, run.Stderr) == (0, "", ""), $"{verb}: {run}");
    }
}
