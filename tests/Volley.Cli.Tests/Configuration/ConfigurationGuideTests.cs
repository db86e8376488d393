using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>The commands of docs/guides/configuration.md print what the page shows, with the files that it shows.</summary>
public sealed partial class ConfigurationGuideTests : IDisposable
{
    private const int Commands = 21;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EachCommandPrintsWhatIsBelowIt()
    {
        // Programs and configuration files are used only below directories that no other user can write to.
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guides", "configuration.md"), TestContext.Current.CancellationToken);
        WriteFiles(page);
        // A key that a file names has to be there.
        Directory.CreateDirectory(_folder[".ssh"]);
        _folder.Write(".ssh/id_ed25519", "");
        var commands = Console().Matches(page).SelectMany(block => Command().Matches(block.Groups["text"].Value)).ToArray();
        Assert.Equal(Commands, commands.Length);
        foreach (var command in commands)
        {
            var result = await ProgramRun.RunAsync(Start(command.Groups["line"].Value));
            Assert.Equal(command.Value, $"$ {command.Groups["line"].Value}\n{Normalize(result.Stdout)}");
        }
    }

    /// <summary>Writes the blocks that name their file in the first line. Blocks of the same file are its parts.</summary>
    private void WriteFiles(string page)
    {
        var files = NamedFile().Matches(page).ToLookup(block => _folder[block.Groups["path"].Value], block => block.Groups["text"].Value);
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file.Key)!);
            File.WriteAllText(file.Key, string.Concat(file));
            File.SetUnixFileMode(file.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private ProgramStart Start(string line) => VolleyRun.Start() with
    {
        Program = "/bin/sh",
        Arguments = ["-c", $"exec 2>&1; volley() {{ \"$0\" \"$@\"; }}; {line}", BuiltProgram.Path],
        WorkingDirectory = _folder.Path,
        Environment = new Dictionary<string, string?>(VolleyRun.Start().Environment)
        {
            ["HOME"] = _folder.Path,
            ["XDG_CONFIG_HOME"] = null,
            ["CLUSTERSHELL_CFGDIR"] = _folder.Path,
            // The page is about the machine of a user without an ssh_config.
            ["VOLLEY_SSH_CONFIG"] = "none",
        },
    };

    /// <summary>Columns are as wide as their longest value, among which are paths of this machine.</summary>
    private string Normalize(string text) => Blanks().Replace(text.Replace(_folder.Path, "/home/ann", StringComparison.Ordinal), "  ");

    [GeneratedRegex("```console\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Console();

    [GeneratedRegex(@"^\$ (?<line>.*)\n(?:(?!\$ ).*\n)*", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("```[a-z]+\n# ~/(?<path>.*)\n(?<text>(?:.*\n)*?)```")]
    private static partial Regex NamedFile();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Blanks();
}
