using Volley.Interop;

namespace Volley.Cli.Terminal;

/// <summary>The program's standard input.</summary>
internal static class StandardInputFile
{
    /// <summary>
    /// Opens descriptor 0, or an empty stream if it was closed. The stream is unbuffered, so it does not consume more than requested.
    /// </summary>
    /// <exception cref="UsageException">Standard input is a directory, or open for writing only.</exception>
    public static Stream Open() => TryOpen(out var error) ?? throw new UsageException(error);

    /// <summary>Opens standard input in the same way. Returns null and an error message if it can't be read.</summary>
    public static Stream? TryOpen(out string error)
    {
        error = "";
        var file = Descriptor.Standard(0);
        if (!Descriptor.IsInherited(file))
            return Stream.Null;
        if (Descriptor.IsReadable(file))
            return new FileStream(file, FileAccess.Read, bufferSize: 0);
        error = "standard input can't be read: it is a directory, or open for writing only";
        return null;
    }
}
