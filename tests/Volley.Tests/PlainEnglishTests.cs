using Volley.Testing;
using Xunit;

namespace Volley.Tests;

/// <summary>The text of the project is plain technical English: a thing is the subject, and terms are those of the field.</summary>
public class PlainEnglishTests
{
    /// <summary>Phrases that a reader has to translate, and what to write instead. None of them occurs in ordinary English for this field.</summary>
    private static readonly (string Phrase, string Instead)[] Phrases =
    [
        ("whoever", "name the thing that acts"),
        ("whosoever", "name the thing that acts"),
        ("so many bytes", "the number of bytes"),
        ("so many events", "the number of events"),
        ("sign of life", "keepalive"),
        ("signs of life", "keepalives"),
        ("it is said that", "state it"),
        ("it is said which", "state it"),
        ("in the time of who", "on the thread of"),
        ("says goodbye", "sends DISCONNECT"),
        ("goes with the next", "is coalesced into the next"),
        ("can't be had", "is not available"),
        ("lets go of", "releases"),
        ("somebody else's", "name the owner"),
        ("unless none can", "unless no … can"),
    ];

    private static readonly string[] Folders = ["src", "docs", "bench", "."];

    private static readonly string[] Extensions = [".cs", ".md", ".sh", ""];

    [Fact]
    public void ThePhrasesOfADialectAreNotUsed()
    {
        var files = Texts().ToList();
        Assert.True(files.Count > 400, $"only {files.Count} files were found");
        var found =
            from file in files
            from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
            from phrase in Phrases
            where line.Text.Contains(phrase.Phrase, StringComparison.OrdinalIgnoreCase)
            select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Number}: '{phrase.Phrase}'; write instead: {phrase.Instead}";
        Assert.Empty(found);
    }

    private static IEnumerable<string> Texts() =>
        from folder in Folders
        from file in Directory.EnumerateFiles(
            Path.Combine(Repository.Root, folder), "*", folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)
        let parts = Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar)
        where Extensions.Contains(Path.GetExtension(file)) && !parts.Any(part => part is "bin" or "obj" || part.StartsWith('.'))
        select file;
}
