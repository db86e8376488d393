using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using Volley.Cli.Options.Parsing;
using Volley.Interop;
using Volley.Interop.Files;

namespace Volley.Cli.Options;

/// <summary>Reads a password from a private file, or from the output of a program. The first line counts.</summary>
internal static class PasswordSource
{
    private const int MaxLength = 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Reads the first line of a file.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <exception cref="UsageException">The file can't be read, has no password, or others can read it.</exception>
    public static SshPassword ReadFile(Option<string> option)
    {
        var content = ReadPrivate(option, ReadStart);
        return Create(content, () => option.Error($"{option.WrittenName} {option.Value}: {Complaint(content)}"));
    }

    /// <summary>Checks that a file with a secret can be read, and not by others.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <exception cref="UsageException">It can't be read, or others can read it.</exception>
    public static void CheckPrivate(Option<string> option) => ReadPrivate(option, _ => true);

    /// <summary>Checks that a file can be read.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <exception cref="UsageException">It can't be read.</exception>
    public static void CheckReadable(Option<string> option) => Read(option, _ => true);

    private static T ReadPrivate<T>(Option<string> option, Func<FileStream, T> read) => Read(option, file =>
    {
        var path = option.Value!;
        if (OperatingSystem.IsLinux() && FileStatus.Of(file.SafeFileHandle) is { IsRegular: true } status)
        {
            if (!status.IsTrusted)
                throw option.Error($"{option.WrittenName} {path}: it belongs to another user");
            if (status.IsOpenToOthers)
                throw option.Error($"{option.WrittenName} {path}: others may read it; run: chmod 600 {path}");
        }

        return read(file);
    });

    private static T Read<T>(Option<string> option, Func<FileStream, T> read)
    {
        var path = option.Value!;
        try
        {
            using var file = RegularFile.OpenStream(path);
            return read(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw option.Error($"{option.WrittenName} {path}: {SystemMessage.Of(failure, path)}");
        }
    }

    /// <summary>Runs a program and returns the first line of its output. Its arguments are separated by blanks; no shell reads them.</summary>
    /// <param name="option">The option that names the program.</param>
    /// <exception cref="UsageException">The program fails, or prints no password.</exception>
    public static async Task<SshPassword> RunAsync(Option<string> option)
    {
        var arguments = option.Value!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (arguments is [])
            throw option.Error($"{option.WrittenName} needs the name of a program");
        using var limit = new CancellationTokenSource(Limit);
        var content = new byte[MaxLength + 1];
        try
        {
            await using var process = LocalProcess.Start(arguments);
            var buffer = new byte[MaxLength];
            var length = 0;
            while (await process.ReadAsync(buffer, limit.Token) is { Count: > 0 } read)
            {
                var taken = read.Stream == StreamKind.Stdout ? Math.Min(read.Count, content.Length - length) : 0;
                buffer.AsSpan(0, taken).CopyTo(content.AsSpan(length));
                length += taken;
            }

            CryptographicOperations.ZeroMemory(buffer);
            var status = await process.WaitForExitAsync(limit.Token);
            if (status is not { ExitCode: 0, Signal: null })
            {
                CryptographicOperations.ZeroMemory(content);
                var end = status.Signal is { } signal
                    ? $"was killed by SIG{signal}"
                    : string.Create(CultureInfo.InvariantCulture, $"exited with code {status.ExitCode}");
                throw option.Error($"{option.WrittenName}: {arguments[0]} {end}, 0 was expected");
            }

            content = Trim(content, length);
        }
        catch (Win32Exception failure)
        {
            throw option.Error($"{option.WrittenName}: can't start {arguments[0]}: {Errno.Text(failure.NativeErrorCode)}");
        }
        catch (OperationCanceledException)
        {
            throw option.Error($"{option.WrittenName}: {arguments[0]} did not end within {Limit.TotalSeconds:0} seconds and was killed");
        }

        return Create(content, () => option.Error($"{option.WrittenName}: {arguments[0]} printed {Complaint(content)}"));
    }

    private static byte[] ReadStart(FileStream file)
    {
        var content = new byte[MaxLength + 1];
        var length = 0;
        while (length < content.Length && file.Read(content, length, content.Length - length) is > 0 and var count)
            length += count;
        return Trim(content, length);
    }

    private static byte[] Trim(byte[] content, int length)
    {
        var start = content.AsSpan(0, length);
        var line = start.IndexOf((byte)'\n') is >= 0 and var end ? start[..end] : start;
        var copy = line.TrimEnd((byte)'\r').ToArray();
        CryptographicOperations.ZeroMemory(content);
        return copy;
    }

    private static SshPassword Create(byte[] secret, Func<UsageException> refuse)
    {
        try
        {
            return secret.Length is > 0 and <= MaxLength ? new SshPassword(secret) : throw refuse();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static string Complaint(byte[] secret) => secret.Length == 0
        ? "no password in its first line"
        : string.Create(CultureInfo.InvariantCulture, $"a first line of more than {MaxLength} bytes");
}
