using Microsoft.Win32.SafeHandles;

namespace Volley.Cli.Terminal;

/// <summary>The program's own standard input.</summary>
internal static class StandardInputFile
{
    /// <summary>Opens the file behind descriptor 0, an empty one if it was closed. There is no buffer, so that what is not asked for stays there.</summary>
    /// <exception cref="UsageException">It is a folder, or open for writing only.</exception>
    public static Stream Open()
    {
        if (!Posix.IsInherited(0))
            return Stream.Null;
        if (!Posix.IsReadable(0))
            throw new UsageException("standard input can't be read: it is a folder, or open for writing only");
        return new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
    }
}
