using System.Text.Json;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Options;

/// <summary>The verbs that ask for hosts: <c>volley hosts</c> and <c>volley list</c>.</summary>
public sealed class HostQueryTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("web[1-3] web7", "", "web[1-3,7]\n")]
    [InlineData("-f web1,web2 web3", "", "web[1-3]\n")]
    [InlineData("-e web[1-3]!web2 db1", "", "web1 web3 db1\n")]
    [InlineData("web[1-3] -e -S ,", "", "web1,web2,web3\n")]
    [InlineData("-e --separator=\\n web[1-2]", "", "web1\nweb2\n")]
    [InlineData("--expand n[1-9/4]", "", "n1 n5 n9\n")]
    [InlineData("-c web[1-300]", "", "300\n")]
    [InlineData("-c a a", "", "2\n")]
    [InlineData("", "web2 web1\nweb3 # x\n", "web[1-3]\n")]
    [InlineData("-e - x1", "b a\n", "b a x1\n")]
    [InlineData("-c", "", "0\n")]
    [InlineData("@prod&@all", "", "web[1-2]\n")]
    [InlineData("-e @cluster:all", "", "web1 web2 db1\n")]
    [InlineData("-c -- @*", "", "3\n")]
    public async Task HostsAreExpandedFoldedAndCounted(string line, string input, string output)
    {
        var result = await RunAsync(line, input);
        Assert.Equal((output, "", 0), (result.Stdout, result.Stderr, result.ExitCode));
    }

    [Theory]
    [InlineData("-e -c x", "--expand and --count are mutually exclusive; choose one")]
    [InlineData("-S , x", "--separator is for expanded hosts; add -e")]
    [InlineData("-z x", "unknown option -z; see volley --help")]
    [InlineData("web[1-", "the bracket is not closed; add a ]\nweb[1-\n   ^")]
    [InlineData("@prd", "unknown group @prd")]
    public async Task BadArgumentsAreRefused(string line, string message)
    {
        var result = await RunAsync(line, "");
        Assert.StartsWith($"volley: {message}", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(("", 2), (result.Stdout, result.ExitCode));
    }

    [Fact]
    public async Task AMillionHostsAreExpanded()
    {
        var result = await RunAsync("-e -S \\n n[1-1000000]", "");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(1_000_000, result.Stdout.Count(c => c == '\n'));
        Assert.EndsWith("\nn999999\nn1000000\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListShowsSourcesAndGroups()
    {
        var result = await ListAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Matches("^SOURCE +GROUPS +HOSTS +FROM\n", result.Stdout);
        Assert.Matches($@"(?m)^cluster +2 +3 +{_folder["config.yaml"]}$", result.Stdout);
        Assert.Matches($@"(?m)^genders +2 +2 +{_folder["genders"]}$", result.Stdout);
        Assert.Matches(@"(?m)^@cluster:all +3 +db1,web\[1-2\]$", result.Stdout);
        Assert.Matches(@"(?m)^@genders:mgmt +1 +g1$", result.Stdout);
        var only = await ListAsync("genders");
        Assert.DoesNotContain("@cluster:", only.Stdout, StringComparison.Ordinal);
        Assert.Contains("@genders:mgmt", only.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABrokenSourceIsShownAndHidesNoOther()
    {
        _folder.Write("inventory.ini", "[web\nw1\n");
        _folder.Write("config.yaml", "clusters: { prod: { nodes: ['web[1-2]', '@nothing'] }, all: { nodes: [db1] } }\n");
        var result = await ListAsync("--inventory", _folder["inventory.ini"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"(?m)^inventory +- +- +error: inventory: .*inventory\.ini line 1: ", result.Stdout);
        Assert.Matches(@"(?m)^@cluster:prod +- +error: .*unknown group ", result.Stdout);
        Assert.Matches(@"(?m)^@cluster:all +1 +db1$", result.Stdout);
        Assert.Matches("(?m)^@genders:mgmt +1 +g1$", result.Stdout);

        var sources = JsonDocument.Parse((await ListAsync("--json", "--inventory", _folder["inventory.ini"])).Stdout).RootElement.GetProperty("sources")
            .EnumerateArray().ToDictionary(source => source.GetProperty("name").GetString()!);
        Assert.Contains("line 1", sources["inventory"].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, sources["genders"].GetProperty("size").GetInt32());
        Assert.Equal("""[{"name":"compute","size":1,"hosts":"g2"},{"name":"mgmt","size":1,"hosts":"g1"}]""", sources["genders"].GetProperty("groups").GetRawText());
    }

    [Theory]
    [InlineData("nonsense", "unknown source 'nonsense'; the sources are ")]
    [InlineData("--parallel=3", "unknown option --parallel; see volley --help")]
    public async Task ListRefusesOtherArguments(string argument, string message)
    {
        var result = await ListAsync(argument);
        Assert.StartsWith($"volley: {message}", result.Stderr, StringComparison.Ordinal);
        Assert.Single(VolleyRun.Lines(result.Stderr));
        Assert.Equal(("", 2), (result.Stdout, result.ExitCode));
    }

    private Task<ProgramResult> RunAsync(string line, string input) =>
        ProgramRun.RunAsync(Start(["hosts", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).WithInput(input));

    private Task<ProgramResult> ListAsync(params string[] arguments) => ProgramRun.RunAsync(Start(["list", .. arguments]));

    private ProgramStart Start(string[] arguments)
    {
        if (!File.Exists(_folder["config.yaml"]))
            _folder.Write("config.yaml", "clusters: { prod: { nodes: ['web[1-2]'] }, all: { nodes: ['@prod', db1] } }\ngroups: { default_source: cluster }\n");
        File.SetUnixFileMode(_folder["config.yaml"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _folder.Write("genders", "g1 mgmt\ng2 compute\n");
        return VolleyRun.Start(arguments)
            .WithVariable("VOLLEY_CONFIG", _folder["config.yaml"]).WithVariable("PDSH_GENDERS_FILE", _folder["genders"]).WithVariable("CLUSTERSHELL_CFGDIR", _folder.Path);
    }
}
