using System.Text.RegularExpressions;
using Volley.Testing;

namespace Volley.Samples.Tests;

/// <summary>The regions of the files in <c>Samples</c>, and the blocks of the documents that show them.</summary>
internal static partial class SampleFiles
{
    /// <summary>The documents with samples.</summary>
    public static IReadOnlyList<string> Documents { get; } =
        [Path.Combine(Repository.Root, "README.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "library"), "*.md").Order()];

    /// <summary>The regions by name.</summary>
    public static IReadOnlyDictionary<string, Region> Regions { get; } = Directory
        .GetFiles(Path.Combine(Repository.Root, "tests", "Volley.Samples.Tests", "Samples"), "*.cs")
        .SelectMany(Read).ToDictionary(region => region.Name);

    /// <summary>Returns the blocks of C# in a document.</summary>
    public static IReadOnlyList<Block> Blocks(string document) => [.. Fence().Matches(File.ReadAllText(document)).Select(match =>
    {
        var lines = match.Groups["code"].Value.TrimEnd('\n').Split('\n');
        var usings = lines.TakeWhile(IsUsing).ToArray();
        var code = lines.Skip(usings.Length).SkipWhile(line => line.Length == 0);
        return new Block(Path.GetRelativePath(Repository.Root, document), match.Groups["name"].Value, usings, string.Join('\n', code));
    })];

    /// <summary>Writes the code of the regions into a document.</summary>
    public static void Accept(string document) => File.WriteAllText(document, Fence().Replace(File.ReadAllText(document), match =>
    {
        if (!Regions.TryGetValue(match.Groups["name"].Value, out var region))
            return match.Value;
        var usings = match.Groups["code"].Value.Split('\n').TakeWhile(IsUsing).ToArray();
        return $"```csharp {region.Name}\n{string.Concat(usings.Select(line => line + "\n"))}{(usings.Length > 0 ? "\n" : "")}{region.Code}\n```";
    }));

    private static bool IsUsing(string line) => UsingDirective().IsMatch(line);

    private static IEnumerable<Region> Read(string file)
    {
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].TrimStart().StartsWith("#region ", StringComparison.Ordinal))
                continue;
            var name = lines[i].Trim()["#region ".Length..];
            var indent = lines[i].Length - lines[i].TrimStart().Length;
            var code = lines.Skip(i + 1).TakeWhile(line => line.Trim() != "#endregion").Select(line => line.Length > indent ? line[indent..] : "");
            yield return new Region(name, [.. lines.Where(IsUsing)], string.Join('\n', code));
        }
    }

    // The name of the region follows the language, which is all that a renderer reads.
    [GeneratedRegex(@"^```csharp ?(?<name>[\w-]*)\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex UsingDirective();
}

/// <summary>A region of a sample file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Usings">The using directives of the file.</param>
/// <param name="Code">The lines without the common indentation.</param>
internal sealed record Region(string Name, IReadOnlyList<string> Usings, string Code);

/// <summary>A block of C# in a document.</summary>
/// <param name="Document">The path of the document below the repository.</param>
/// <param name="Region">The name of the region that the block shows.</param>
/// <param name="Usings">The using directives at the beginning of the block.</param>
/// <param name="Code">The rest.</param>
internal sealed record Block(string Document, string Region, IReadOnlyList<string> Usings, string Code);
