using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Selection;

/// <summary>The commands of docs/guides/hosts.md, with the files that the page shows.</summary>
public sealed partial class HostGuideTests : IDisposable
{
    private const int Commands = 28;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EachCommandSelectsTheHostsBehindIt()
    {
        var page = (await GuidePage.ReadAsync("hosts.md")).Text;
        foreach (var (language, path) in new[] { ("yaml", ".config/volley/config.yaml"), ("genders", "genders"), ("dsh", ".dsh/group/lab"), ("ini", "inventory.ini"), ("ssh", "ssh_config") })
        {
            Assert.Contains($"`{path}`", page, StringComparison.Ordinal);
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
            _folder.Write(path, Block(page, language));
        }

        var commands = Command().Matches(page);
        Assert.Equal(Commands, commands.Count);
        foreach (Match command in commands)
        {
            // The options are those of the page; the variable makes each run a dry one.
            var line = command.Groups["line"].Value["volley ".Length..];
            var result = await ProgramRun.RunAsync(VolleyRun.Start() with
            {
                Program = "/bin/sh",
                Arguments = ["-c", $"exec \"$0\" {line}", BuiltProgram.Path],
                WorkingDirectory = _folder.Path,
                Environment = new Dictionary<string, string?>(VolleyRun.Start().Environment)
                {
                    ["VOLLEY_DRY_RUN"] = "true",
                    ["HOME"] = _folder.Path,
                    ["XDG_CONFIG_HOME"] = null,
                    ["CLUSTERSHELL_CFGDIR"] = _folder.Path,
                    ["PDSH_GENDERS_FILE"] = _folder["genders"],
                },
            });
            Assert.True(result.ExitCode == 0, $"{line}: {result}");
            Assert.EndsWith($": {command.Groups["hosts"].Value}", VolleyRun.Lines(result.Stdout)[0], StringComparison.Ordinal);
            Assert.Equal("command: uptime", VolleyRun.Lines(result.Stdout)[1]);
        }
    }

    private static string Block(string page, string language) => Regex.Match(page, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    [GeneratedRegex(@"^(?<line>volley .*?) +# (?<hosts>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
