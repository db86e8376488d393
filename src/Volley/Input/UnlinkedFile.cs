using Volley.Interop;
using Volley.Interop.Text;
using Volley.Transports.Processes;

namespace Volley.Input;

/// <summary>Creates temporary files without a name: a crash leaves nothing behind.</summary>
internal static class UnlinkedFile
{
    /// <summary>Creates a temporary file that only this user can read and write.</summary>
    /// <exception cref="IOException">The file can't be created in the temporary directory.</exception>
    public static FileStream Create()
    {
        try
        {
            return CreateAndUnlink();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"can't make a temporary file in {Path.GetTempPath()}: {SystemMessage.Of(failure)}; "
                + (ResourceLimit.FindAdvice(failure) ?? "set TMPDIR to a directory that takes one"), failure);
        }
    }

    private static FileStream CreateAndUnlink()
    {
        var folder = SystemEnvironment.Variable("TMPDIR") is { } named && SystemText.HasBytes(named) ? SystemFile.Reach(named) : Path.GetTempPath();
        var path = Path.Combine(folder, $"volley-{Path.GetRandomFileName()}");
        if (OperatingSystem.IsWindows())
            return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.DeleteOnClose);
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        File.Delete(path);
        return file;
    }
}
