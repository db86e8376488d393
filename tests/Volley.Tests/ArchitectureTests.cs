using System.Text.RegularExpressions;
using System.Xml.Linq;
using Volley.Testing;
using Xunit;

namespace Volley.Tests;

/// <summary>Rules of ARCHITECTURE.md that a compiler does not check.</summary>
public partial class ArchitectureTests
{
    private static readonly string Sources = Path.Combine(Repository.Root, "src");

    [Fact]
    public void OnlyInteropCallsNativeFunctions()
    {
        var declarations = Declarations().ToList();
        Assert.True(declarations.Count > 50, $"only {declarations.Count} declarations were found");
        Assert.DoesNotContain(declarations, declaration => declaration.Project != "Volley.Interop");
    }

    [Fact]
    public void ANativeFunctionIsDeclaredOnce()
    {
        var twice = Declarations().GroupBy(declaration => declaration.Function).Where(group => group.Count() > 1);
        Assert.Empty(twice.Select(group => $"{group.Key}: {string.Join(", ", group.Select(declaration => declaration.File))}"));
    }

    [Fact]
    public void ProjectsDependInOneDirection()
    {
        Dictionary<string, string[]> allowed = new()
        {
            ["Volley.Interop"] = [],
            ["Volley.Ssh"] = ["Volley.Interop"],
            ["Volley"] = ["Volley.Interop", "Volley.Ssh"],
            ["Volley.Inventory"] = ["Volley", "Volley.Interop"],
            ["Volley.Relay"] = ["Volley", "Volley.Interop"],
            ["Volley.Rollout"] = ["Volley", "Volley.Interop"],
            ["Volley.Cli"] = ["Volley", "Volley.Interop", "Volley.Inventory", "Volley.Relay", "Volley.Rollout"],
        };
        var found = Directory.GetFiles(Sources, "*.csproj", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetFileNameWithoutExtension(file),
            file => XDocument.Load(file).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))).Order(StringComparer.Ordinal).ToArray());
        Assert.Equal(allowed.Keys.Order(), found.Keys.Order());
        foreach (var (project, references) in allowed)
            Assert.Equal(references, found[project]);
    }

    [Fact]
    public void TheLibrariesNameNoOptionOfTheProgram()
    {
        var found = from file in SourceFiles()
                    where file.Path[0] is "Volley" or "Volley.Ssh"
                    from line in file.Text.Split('\n')
                    where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && OptionName().IsMatch(line)
                    select $"{string.Join('/', file.Path)}: {line.Trim()}";
        Assert.Empty(found);
    }

    [Fact]
    public void EveryOutcomeIsProduced()
    {
        var lines = SourceFiles().Where(file => file.Path is ["Volley", ..] and not [.., "NodeResult.cs"])
            .SelectMany(file => file.Text.Split('\n')).ToList();
        foreach (var outcome in Enum.GetNames<NodeOutcome>())
            Assert.True(lines.Exists(line => Produced(outcome).IsMatch(line)), $"no source line produces {outcome}");

        // Not a comparison, a pattern or a reference in a comment.
        static Regex Produced(string outcome) => new($@"^(?!\s*//)(?!.*(==|!=|\bis|\bor|\bnot) NodeOutcome\.{outcome}\b).*\bNodeOutcome\.{outcome}\b");
    }

    [Fact]
    public void TheSshLibraryIsUsedThroughItsPublicApi()
    {
        var project = XDocument.Load(Path.Combine(Sources, "Volley.Ssh", "Volley.Ssh.csproj"));
        var friends = project.Descendants("InternalsVisibleTo").Select(friend => friend.Attribute("Include")!.Value);
        Assert.DoesNotContain(friends, friend => Directory.Exists(Path.Combine(Sources, friend)));
    }

    private static IEnumerable<(string[] Path, string Text)> SourceFiles() =>
        from file in Directory.EnumerateFiles(Sources, "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Sources, file).Split(Path.DirectorySeparatorChar)
        where path is not [_, "bin" or "obj", ..]
        select (path, File.ReadAllText(file));

    private static IEnumerable<(string Project, string File, string Function)> Declarations() =>
        from file in SourceFiles()
        from Match match in Declaration().Matches(file.Text)
        let entry = EntryPoint().Match(match.Groups["attribute"].Value)
        select (file.Path[0], string.Join('/', file.Path), entry.Success ? entry.Groups["name"].Value : match.Groups["name"].Value);

    // In a string literal. Options of ssh have one dash.
    [GeneratedRegex("""["][^"]*(?<![\w-])--[a-z]""")]
    private static partial Regex OptionName();

    // An attribute of one line, others perhaps, and the declaration up to its parameters.
    [GeneratedRegex("""\[(?:LibraryImport|DllImport)\((?<attribute>.*)\)\](?:\s*\[.*\])*\s+\w.*? (?<name>\w+)\(""")]
    private static partial Regex Declaration();

    [GeneratedRegex("""EntryPoint = "(?<name>[^"]+)["]""")]
    private static partial Regex EntryPoint();
}
