using System.Security.Cryptography;
using Volley.Interop;
using Volley.Interop.Files;

namespace Volley.Cli.Options.Secrets;

/// <summary>A file whose first line is a password.</summary>
internal static class PasswordFile
{
    /// <summary>Reads the password.</summary>
    /// <exception cref="UsageException">The file can't be read, has no password, or other users may read it.</exception>
    public static SshPassword Read(string option, string path)
    {
        byte[] content;
        try
        {
            using var file = RegularFile.OpenStream(path);
            // A pipe of the shell's <(command) is as private as the descriptor that names it.
            if (FileStatus.Of(file.SafeFileHandle) is { IsPipe: false } status && (status.Permissions & OtherUsers) != 0)
                throw new UsageException($"{option}: other users may access {path}; make it private: chmod 600 {path}");
            content = ReadAll(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: {(failure.Message.Contains(path, StringComparison.Ordinal) ? "" : $"{path}: ")}{failure.Message}");
        }

        try
        {
            return PasswordText.GetFirstLine(content)
                ?? throw new UsageException($"{option}: the first line of {path} is empty; write the password there");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private const UnixFileMode OtherUsers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static byte[] ReadAll(FileStream file)
    {
        var content = GC.AllocateUninitializedArray<byte>(PasswordText.MaxLength, pinned: true);
        var length = 0;
        while (length < content.Length && file.Read(content, length, content.Length - length) is > 0 and var count)
            length += count;
        var exact = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        content.AsSpan(0, length).CopyTo(exact);
        CryptographicOperations.ZeroMemory(content);
        return exact;
    }
}
