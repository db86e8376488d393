using System.Globalization;
using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>Many small files in all verbs, and the memory that they take.</summary>
public sealed class ManyFilesTests(SftpFleet fleet) : IClassFixture<SftpFleet>, IDisposable
{
    private const int FilesPerDirectory = 500;
    private const int MaxMemory = 150_000; // kB

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly int Directories = TestRun.IsLong ? 200 : 8;

    private readonly PushScene _scene = new(fleet.Fleet);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task AllArriveInBoundedMemory()
    {
        for (var directory = 0; directory < Directories; directory++)
        {
            for (var file = 0; file < FilesPerDirectory; file++)
                _scene.Write($"tree/{directory}/{file}", $"{directory} {file}");
        }

        var all = Directories * FilesPerDirectory;
        var source = Path.Combine(_scene.Source, "tree");
        await RunAsync("push", all, source, $"{_scene.Target}/");
        Assert.Equal(all + Directories + 1, _scene.Names().Length);
        await RunAsync("sync", 0, source, $"{_scene.Target}/tree");
        _scene.Write("tree/0/0", "changed");
        await RunAsync("sync", 1, source, $"{_scene.Target}/tree");
        await RunAsync("pull", all, $"{_scene.Target}/tree", _scene["local"]);
        var compared = await ProgramRun.RunAsync(new ProgramStart("diff", "-r", source, _scene["local/127.0.60.1/tree"]), Limit);
        Assert.Equal((0, ""), (compared.ExitCode, compared.Stdout));
    }

    private async Task RunAsync(string verb, int files, params IReadOnlyList<string> paths)
    {
        await using var run = ProgramRun.Start(_scene.Start(verb, "127.0.60.1", ["--output", "json", .. paths]));
        var used = 0;
        var exit = run.WaitForExitAsync(Limit);
        while (!exit.IsCompleted)
        {
            used = Math.Max(used, ReadMemory(run.ProcessId));
            await Task.WhenAny(exit, Task.Delay(100, TestContext.Current.CancellationToken));
        }

        Assert.True(await exit == 0, run.Stderr.Text);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\"transferred_files\":{files},"), run.Stdout.Text, StringComparison.Ordinal);
        // A program that is compiled while it runs needs memory for that.
        if (!File.Exists($"{BuiltProgram.Path}.dll"))
            Assert.InRange(used, 1, MaxMemory);
    }

    /// <summary>Returns the largest resident set so far, in kB; 0 if the process has ended.</summary>
    private static int ReadMemory(int processId)
    {
        try
        {
            var peak = Regex.Match(File.ReadAllText($"/proc/{processId}/status"), @"VmHWM:\s*(\d+)");
            return peak.Success ? int.Parse(peak.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
