using Microsoft.Win32.SafeHandles;
using Volley.Cli.Output.Files;
using Volley.Interop;
using Volley.Interop.Files;
using Xunit;

namespace Volley.Cli.Tests.Output;

public sealed class OutputDirAppendTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NoMoreThanTheLimitAreOpenAndNoByteIsLost()
    {
        const int Count = 20;
        using (var files = new AppendFiles(3, Open))
        {
            for (var round = 0; round < 5; round++)
            {
                for (var number = 0; number < Count; number++)
                {
                    files.Append(number, [(byte)('a' + round)]);
                    Assert.InRange(files.OpenCount, 1, 3);
                }
            }
        }

        for (var number = 0; number < Count; number++)
            Assert.Equal("abcde", File.ReadAllText(_folder[$"{number}"]));
    }

    [Fact]
    public void TheOneThatWasNotWrittenLongestIsClosed()
    {
        var opened = new List<int>();
        using var files = new AppendFiles(2, number =>
        {
            opened.Add(number);
            return Open(number);
        });
        foreach (var number in new[] { 0, 1, 0, 2, 0, 1 })
            files.Append(number, "x"u8);
        Assert.Equal([0, 1, 2, 1], opened);
        Assert.Equal("xxx", File.ReadAllText(_folder["0"]));
    }

    [Fact]
    public void AFileThatIsClosedIsOpenedAgain()
    {
        using var files = new AppendFiles(2, Open);
        files.Append(0, "x"u8);
        files.Close(0);
        files.Close(1);
        Assert.Equal(0, files.OpenCount);
        files.Append(0, "y"u8);
        Assert.Equal("xy", File.ReadAllText(_folder["0"]));
    }

    [Fact]
    public void AFileThatWasReplacedIsNotOpenedAgain()
    {
        var (kept, path) = (_folder.Write("kept", "old"), _folder["file"]);
        using var directory = OpenDirectory.Open(_folder.Path);
        using var created = directory.Create("file");
        var number = FileStatus.Of(created)!.Value.Number;
        directory.Reopen("file", number).Dispose();
        File.Move(kept, path, overwrite: true);
        Assert.Throws<IOException>(() => directory.Reopen("file", number));
        File.Move(path, kept);
        File.CreateSymbolicLink(path, kept);
        Assert.Throws<IOException>(() => directory.Reopen("file", number));
        Assert.Throws<IOException>(() => directory.Create("file"));
        directory.Replace("file").Dispose();
        Assert.Equal("old", File.ReadAllText(kept));
    }

    private SafeFileHandle Open(int number) => FileCalls.Open(FileCalls.CurrentDirectory, _folder[$"{number}"], FileCalls.WriteOnly | FileCalls.Append | FileCalls.Create);
}
