using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary><c>volley pull -g</c> from a real sshd.</summary>
public sealed class PullGatherTests : IClassFixture<SftpFleet>, IDisposable
{
    private readonly Fleet _fleet;
    private readonly ScratchFolder _folder = new();

    public PullGatherTests(SftpFleet fleet) => _fleet = fleet.Fleet;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EqualFilesAreShownOnceAndTheOthersAsDifferences()
    {
        for (var i = 0; i < 4; i++)
            Write(i, "conf", i == 2 ? "one\ntwo\nTHREE\n" : "one\ntwo\nthree\n");
        var run = await RunAsync(5, [$"{_folder.Path}/{{host}}/conf"]);
        Assert.Equal(
            """
            ---------------
            127.0.1.[1-2,4] (3)
            ---------------
            one
            two
            three
            ---------------
            127.0.1.3 (1)
            ---------------
            --- 127.0.1.[1-2,4]
            +++ 127.0.1.3
            @@ -1,3 +1,3 @@
             one
             two
            -three
            +THREE
            ---------------
            127.0.1.5 (1) no such file
            ---------------

            """,
            run.Stdout);
        // Differences are no failures.
        Assert.Equal((0, ""), (run.ExitCode, run.Stderr));
    }

    [Fact]
    public async Task OnlyDifferencesAreShownOnRequest()
    {
        for (var i = 0; i < 3; i++)
        {
            Write(i, "d/same", "x\n");
            Write(i, "d/other", i == 1 ? "2\n" : "1\n");
        }

        // One directory of the same name at all hosts.
        var run = await RunAsync(3, ["--diff", $"{_folder.Path}/{{host}}/d/same", $"{_folder.Path}/{{host}}/d/other"]);
        Assert.DoesNotContain("same", run.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("-1\n+2\n", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BinaryFilesAreNamedWithSizeAndHash()
    {
        for (var i = 0; i < 2; i++)
            Write(i, "bin", $"\0{i}");
        var run = await RunAsync(2, [$"{_folder.Path}/{{host}}/bin"]);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("\0"u8.ToArray().Concat("1"u8.ToArray()).ToArray()));
        Assert.Contains($"binary file, 2 bytes, sha256 {hash}\n", run.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', run.Stdout);
    }

    [Fact]
    public async Task AFileThatNoHostHasIsAFailure()
    {
        var run = await RunAsync(2, [$"{_folder.Path}/none"]);
        Assert.Equal($"---------------\n127.0.1.[1-2] (2) no such file\n---------------\n", run.Stdout);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task DirectoriesAreComparedFileByFile()
    {
        Write(0, "d/a", "1\n");
        Write(0, "d/sub/b", "2\n");
        var run = await RunAsync(2, [$"{_folder.Path}/127.0.1.1/d"]);
        Assert.Equal(
            $"==> {_folder.Path}/127.0.1.1/d/a <==\n---------------\n127.0.1.[1-2] (2)\n---------------\n1\n"
            + $"==> {_folder.Path}/127.0.1.1/d/sub/b <==\n---------------\n127.0.1.[1-2] (2)\n---------------\n2\n",
            run.Stdout);
    }

    [Fact]
    public async Task ADirectoryInThePlaceOfAFileIsNamed()
    {
        var place = Directory.CreateDirectory(Path.Combine(_folder.Path, "gd")).FullName;
        File.WriteAllText(Path.Combine(place, Fleet.Address(0)), "x\n");
        Directory.CreateDirectory(Path.Combine(place, Fleet.Address(1)));
        var run = await RunAsync(2, [$"{place}/{{host}}"]);
        Assert.Equal("---------------\n127.0.1.1 (1)\n---------------\nx\n---------------\n127.0.1.2 (1) is a directory\n---------------\n", run.Stdout);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task TheContentOfAHostIsLimited()
    {
        Write(0, "big", new string('x', 100_000));
        var run = await RunAsync(1, ["--max-output", "50K", $"{_folder.Path}/{{host}}/big"]);
        Assert.Contains("output limit reached", run.Stderr, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("-g", "pull -g needs files")]
    [InlineData("-g --verify f", "--verify has no effect with -g")]
    [InlineData("-g --output json f", "mutually exclusive")]
    [InlineData("--max-output 1M f d", "pull takes no --max-output")]
    [InlineData("--diff f d", "--diff requires gathered output")]
    public async Task BadInputIsRefused(string arguments, string message)
    {
        var run = await VolleyRun.RunAsync(["pull", "--transport", "native", "-H", "127.0.99.1:1", .. arguments.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AConfigurationFileDoesNotTurnACopyIntoAComparison()
    {
        Write(0, "f", "x");
        var config = _folder.Write("config.yaml", "defaults:\n  output: gather\n");
        var run = await VolleyRun.RunAsync(
            ["pull", "--config", config, "-F", _fleet.SshConfig, "-H", Fleet.Address(0), $"{_folder.Path}/127.0.1.1/f", _folder["local"]]);
        Assert.Equal(0, run.ExitCode);
        Assert.True(File.Exists(Path.Combine(_folder["local"], Fleet.Address(0), "f")));
    }

    private void Write(int host, string name, string content)
    {
        var path = Path.Combine(_folder.Path, Fleet.Address(host), name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(content));
    }

    private Task<ProgramResult> RunAsync(int hosts, IReadOnlyList<string> arguments) => VolleyRun.RunAsync(
        ["pull", "-g", "-F", _fleet.SshConfig, "-H", string.Join(',', Enumerable.Range(0, hosts).Select(Fleet.Address)), .. arguments]);
}
