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
        ("so many of", "the number of"),
        ("has no place", "unexpected"),
        ("have no place", "unexpected"),
        ("once is enough", "give it once"),
        ("nobody has", "use the passive, or name the thing"),
        ("nobody can", "can't be"),
        ("nobody reads", "is not read"),
        ("nobody else", "no other process, no other user"),
        ("nobody to ask", "no prompt"),
        ("somebody has", "name the thing that acts"),
        ("somebody who", "name the thing that acts"),
        ("lets everybody in", "accepts every login"),
        ("everybody may", "all users can"),
        ("as it should be", "expected"),
        ("comes in parts", "is printed in parts"),
        ("come in parts", "are printed in parts"),
        ("is held back", "is buffered, is paused"),
        ("was held back", "was buffered, was paused"),
        ("are held back", "are buffered, are paused"),
        ("is given up", "is canceled, timed out, abandoned"),
        ("was given up", "was canceled, timed out, abandoned"),
        ("is not served", "is not supported"),
        ("are not served", "are not supported"),
        ("what is spent", "elapsed time"),
        ("let go of", "released"),
        ("data at hand", "available data"),
        ("part is at hand", "is available"),
        ("all the same:", "in any case:"),
        ("it is no longer wanted", "it is canceled"),
        ("said who it is", "identified itself"),
        ("look around in", "interactive"),
        ("the words of the command", "the arguments of the command"),
        ("a folder", "a directory"),
        ("the folder", "the directory"),
        ("home folder", "home directory"),
        ("temporary folder", "temporary directory"),
        ("private folder", "private directory"),
        ("another folder", "another directory"),
        ("is no certificate", "is not a certificate"),
        ("is no public key", "is not a public key"),
    ];

    private static readonly string[] Directories = ["src", "docs", "bench", "tests", "."];

    private static readonly string[] Extensions = [".cs", ".md", ".sh", ".json", ""];

    /// <summary>Files that are not the project's own text: this list, records of other programs, and tables that quote pdsh.</summary>
    private static readonly string[] Exceptions = ["tests/Volley.Tests/PlainEnglishTests.cs", "docs/pdsh.md"];

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
        from directory in Directories
        from file in Directory.EnumerateFiles(
            Path.Combine(Repository.Root, directory), "*", directory == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)
        let parts = Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar)
        where !Exceptions.Contains(Path.GetRelativePath(Repository.Root, file))
            && Extensions.Contains(Path.GetExtension(file)) && !parts.Any(part => part is "bin" or "obj" || part.StartsWith('.'))
        select file;
}
