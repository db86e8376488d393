using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Xunit;

namespace Volley.Ssh.UnitTests.Files;

public sealed partial class LockedFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("volley-lock-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "file");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void OnlyOneAtATimeHasTheLock()
    {
        using var other = PosixFile.OpenToWrite(Path);
        using (LockedFile.Open(Path))
            Assert.Null(LockedFile.TryTake(other));
        using var next = LockedFile.TryTake(other);
        Assert.NotNull(next);
    }

    [Fact]
    public void AChildThatIsBeingStartedDoesNotKeepTheLock()
    {
        // As a process has it between its fork and its exec: the same open file.
        var file = PosixFile.OpenToWrite(Path);
        using var copy = Duplicate(file);
        Assert.False(copy.IsInvalid);
        LockedFile.Wait(file).Dispose();
        Assert.True(file.IsClosed);
        using var next = LockedFile.TryTake(PosixFile.OpenToWrite(Path));
        Assert.NotNull(next);
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial SafeFileHandle Duplicate(SafeHandle file);
}
