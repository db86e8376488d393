using System.Globalization;
using Volley.Interop;

namespace Volley.Transfers.Sources;

/// <summary>
/// The content of files whose status states another length than they have. The kernel makes such files when they are read: those of /proc state no
/// length, those of /sys a whole page. They are read once, before the run, because no later check could tell whether they have changed.
/// </summary>
internal static class UnstatedContent
{
    private const int MaxLength = 64 << 20;

    /// <summary>The length that files of /sys state, whatever they contain.</summary>
    private const int PageLength = 4096;

    private const int BufferLength = 32 << 10;

    /// <summary>Returns the content of a file that states another length; null for any other file, whose content is not read.</summary>
    /// <exception cref="IOException">The file can't be read, or has no end.</exception>
    public static byte[]? Find(string path, FileStatus status)
    {
        // Such files have nothing on a disk. Neither have empty files and small ones that are a hole: what is read then shows that they are as stated.
        if (!status.IsRegular || status.AllocatedLength > 0 || status.Length is not (0 or PageLength))
            return null;
        using var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.ReadOnly | FileCalls.NonBlocking, out var error)
            ?? throw new IOException($"{path}: {Errno.Text(error)}");
        using var content = new MemoryStream();
        var buffer = new byte[BufferLength];
        try
        {
            while (RandomAccess.Read(file, buffer, content.Length) is > 0 and var count)
            {
                content.Write(buffer, 0, count);
                if (content.Length > MaxLength)
                    throw new IOException(string.Create(
                        CultureInfo.InvariantCulture, $"it states a length of {status.Length} bytes, and has more than {MaxLength >> 20} MiB"));
            }
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new IOException($"{path}: {SystemMessage.Of(failure)}", failure);
        }

        return content.Length == status.Length ? null : content.ToArray();
    }
}
