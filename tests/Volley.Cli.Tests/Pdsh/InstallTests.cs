using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>The script that puts the program, and its other names, in place.</summary>
public class InstallTests
{
    [Fact]
    public async Task TheNamesOfPdshAreLinksToTheProgram()
    {
        using var folder = new ScratchFolder();
        var installed = await InstallAsync(folder, "--pdsh");
        Assert.Equal(0, installed.ExitCode);
        foreach (var name in new[] { "pdsh", "dsh", "pdcp", "rpdcp", "dshbak" })
            Assert.Equal("volley", new FileInfo(folder[$"bin/{name}"]).LinkTarget);
        var run = await ProgramRun.RunAsync(ProgramStart.Shell($"{folder["bin/pdsh"]} -R exec -w 'h[1-2]' echo same | {folder["bin/dshbak"]} -c"));
        Assert.Equal("----------------\nh[1-2]\n----------------\nsame\n", run.Stdout);
        // Once more, over itself.
        Assert.Equal(0, (await InstallAsync(folder, "--pdsh")).ExitCode);
    }

    [Fact]
    public async Task WithoutTheOptionThereIsOnlyTheProgram()
    {
        using var folder = new ScratchFolder();
        Assert.Equal(0, (await InstallAsync(folder)).ExitCode);
        Assert.Equal(["volley"], Directory.EnumerateFileSystemEntries(folder["bin"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task AnotherPdshIsLeftAlone()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder["bin"]);
        folder.Write("bin/pdsh", "another");
        var installed = await InstallAsync(folder, "--pdsh");
        Assert.Equal(1, installed.ExitCode);
        Assert.Contains("bin/pdsh is another program; move it away first", installed.Stderr);
        Assert.Equal(["pdsh"], Directory.EnumerateFileSystemEntries(folder["bin"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task AWordThatItDoesNotKnowIsRefused()
    {
        using var folder = new ScratchFolder();
        Assert.Equal(2, (await InstallAsync(folder, "--psdh")).ExitCode);
        Assert.False(Directory.Exists(folder["bin"]));
    }

    private static Task<ProgramResult> InstallAsync(ScratchFolder folder, params string[] options) => ProgramRun.RunAsync(
        new ProgramStart(Path.Combine(Repository.Root, "install"), ["--prefix", folder.Path, .. options]), TimeSpan.FromSeconds(60));
}
