using System.Text.RegularExpressions;
using Volley.Cli.Options;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Run;

/// <summary>Brackets in command lines that we show are quoted: zsh refuses a pattern that matches no file.</summary>
public partial class QuotingTests
{
    public static TheoryData<string> Files =>
    [
        .. new[] { "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md", "demo", "install" },
        .. Under("docs", "*.md"),
        .. Under("src", "*.cs"),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task CommandLinesAreQuoted(string file) =>
        Assert.Empty(Unquoted(await File.ReadAllLinesAsync(Path.Combine(Repository.Root, file), TestContext.Current.CancellationToken)));

    [Fact]
    public void TheHelpIsQuoted() => Assert.Empty(Unquoted(HelpText.For(new RunOptions()).Split('\n')));

    [Theory]
    [InlineData("volley -H web[1-8] uptime", true)]
    [InlineData("for example: volley --tui -H [::1] uptime", true)]
    [InlineData("| `pdsh -w h[1-2] true` | x |", true)]
    [InlineData("volley -H 'web[1-8]' uptime", false)]
    [InlineData("volley [run] [OPTIONS]", false)]
    [InlineData("volley -H '@web' uptime  # web[1-4]", false)]
    [InlineData("`volley: may still run: web[1-8]`", false)]
    public void OnesThatAreNotAreFound(string line, bool isFound) => Assert.Equal(isFound, Unquoted([line]).Length > 0);

    private static string[] Unquoted(IEnumerable<string> lines) =>
        [.. lines.Where(line => CommandLine().Matches(line).Any(command => Bracket().IsMatch(Harmless().Replace(command.Value, ""))))];

    private static IEnumerable<string> Under(string folder, string pattern) => Directory
        .EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path))
        .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));

    [GeneratedRegex(@"\b(volley (-|run\b|ping\b|connections\b|pdsh\b)|pdsh -|clush -)[^`]*")]
    private static partial Regex CommandLine();

    // Quoted, computed by the code, or a comment of the shell.
    [GeneratedRegex(@"'[^']*'|\{[^}]*\}|\s#\s.*")]
    private static partial Regex Harmless();

    [GeneratedRegex(@"\[[0-9:]")]
    private static partial Regex Bracket();
}
