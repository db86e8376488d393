using Volley.Interop.Text;
using Xunit;

namespace Volley.Ssh.UnitTests.Files;

/// <summary>Files whose names are not UTF-8 can do what others can.</summary>
public sealed class SystemFileTests : IDisposable
{
    private const string Name = "n\udce9m";

    private readonly string _folder = Directory.CreateTempSubdirectory("volley-file-").FullName;

    // The base library can't remove such names; a shell can.
    public void Dispose() => System.Diagnostics.Process.Start("rm", ["-rf", _folder]).WaitForExit();

    [Fact]
    public void AFileIsWrittenReadRenamedAndRemoved()
    {
        var (path, other) = ($"{_folder}/{Name}", $"{_folder}/o{Name}");
        Assert.False(SystemFile.Exists(path));
        Assert.Null(SystemFile.Status(path));
        using (var file = SystemFile.OpenStream(path, FileMode.CreateNew, FileAccess.Write))
            file.Write("one\n"u8);
        Assert.Throws<IOException>(() => SystemFile.Open(path, FileMode.CreateNew, FileAccess.Write));
        using (var file = SystemFile.OpenStream(path, FileMode.Append, FileAccess.Write))
            file.Write("two"u8);
        Assert.Equal(["one", "two"], SystemFile.ReadAllLines(path));
        Assert.Equal(7, SystemFile.Status(path)!.Value.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, SystemFile.GetUnixFileMode(path) & (UnixFileMode)0b111_000_000);
        SystemFile.Move(path, other);
        Assert.Equal([$"o{Name}"], SystemFile.Names(_folder));
        SystemFile.Delete(other);
        SystemFile.Delete(other);
        Assert.Empty(SystemFile.Names(_folder));
    }

    [Fact]
    public void ADirectoryIsMadeAndReached()
    {
        var inner = $"{_folder}/{Name}/inner/{Name}";
        SystemFile.CreateDirectory(inner);
        SystemFile.CreateDirectory(inner);
        Assert.True(SystemFile.DirectoryExists(inner));
        Assert.False(SystemFile.Exists(inner));
        var reached = SystemFile.Reach(inner);
        File.WriteAllText($"{reached}/plain", "text");
        Assert.Equal("text"u8.ToArray(), SystemFile.ReadAllBytes($"{inner}/plain"));
        Assert.Throws<UnauthorizedAccessException>(() => SystemFile.Open(inner));
    }

    [Fact]
    public void OneThatIsMissingIsNotMistakenForAnother()
    {
        // What the base library would make of the name.
        File.WriteAllText($"{_folder}/n\ufffdm", "another");
        Assert.False(SystemFile.Exists($"{_folder}/{Name}"));
        Assert.Throws<FileNotFoundException>(() => SystemFile.Open($"{_folder}/{Name}"));
        Assert.Throws<FileNotFoundException>(() => SystemFile.Reach($"{_folder}/{Name}"));
    }
}
