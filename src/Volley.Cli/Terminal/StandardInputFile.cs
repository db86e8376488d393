using Microsoft.Win32.SafeHandles;

namespace Volley.Cli.Terminal;

/// <summary>The program's standard input.</summary>
internal static class StandardInputFile
{
    /// <summary>
    /// Opens descriptor 0, or an empty stream if it was closed. The stream is unbuffered, so it does not consume more than requested.
    /// </summary>
    /// <exception cref="UsageException">Standard input is a directory, or open for writing only.</exception>
    public static Stream Open()
    {
        if (!Posix.IsInherited(0))
            return Stream.Null;
        if (!Posix.IsReadable(0))
            throw new UsageException("standard input can't be read: it is a folder, or open for writing only");
        return new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
    }
}
