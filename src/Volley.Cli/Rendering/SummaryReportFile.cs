using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Volley.Cli.Rendering;

/// <summary>
/// A file that is there as a whole or not at all: it is written under another name in the same folder and then renamed. What
/// is no regular file, such as <c>/dev/stdout</c> or a named pipe, is written to as it is.
/// </summary>
internal sealed unsafe partial class SummaryReportFile
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
        SkipValidation = true,
    };

    private readonly bool _isReplaced;

    private SummaryReportFile(string path, bool isReplaced)
    {
        Path = path;
        _isReplaced = isReplaced;
    }

    /// <summary>Where it is, links followed.</summary>
    public string Path { get; }

    /// <summary>Writes the content.</summary>
    internal delegate void Content(Utf8JsonWriter json);

    /// <summary>Makes sure that the file can be written, and leaves no trace of that.</summary>
    /// <exception cref="UsageException">It can't.</exception>
    public static SummaryReportFile Prepare(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new IOException("it is a folder; name a file in it");
            var file = At(path);
            if (file._isReplaced)
            {
                var temporary = file.TemporaryPath();
                Create(temporary).Dispose();
                File.Delete(temporary);
            }

            return file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--report {path}: {SystemMessage.Of(failure)}");
        }
    }

    /// <summary>A file that is known to be writable.</summary>
    public static SummaryReportFile At(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (!File.Exists(full))
            return new(full, isReplaced: true);
        var isOpenFile = full.StartsWith("/proc/", StringComparison.Ordinal) || full.StartsWith("/dev/fd/", StringComparison.Ordinal)
            || full is "/dev/stdout" or "/dev/stderr";
        if (isOpenFile || !IsRegular(full))
            return new(full, isReplaced: false);
        return new(File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full, isReplaced: true);
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">It can't be written; what was there is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Write(Content content)
    {
        if (!_isReplaced)
        {
            using var there = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            WriteTo(there, content);
            return;
        }

        var temporary = TemporaryPath();
        try
        {
            using (var file = Create(temporary))
                WriteTo(file, content);
            File.Move(temporary, Path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);

    private static void WriteTo(FileStream file, Content content)
    {
        using (var json = new Utf8JsonWriter(file, Options))
            content(json);
        file.Write("\n"u8);
    }

    private static bool IsRegular(string path)
    {
        const int CurrentFolder = -100; // AT_FDCWD
        const uint OnlyType = 1; // STATX_TYPE
        const int ModeAt = 28; // stx_mode of struct statx
        const int TypeMask = 0xF000, RegularFile = 0x8000; // S_IFMT, S_IFREG
        var status = stackalloc byte[256];
        return GetStatus(CurrentFolder, path, 0, OnlyType, status) == 0 && (*(ushort*)(status + ModeAt) & TypeMask) == RegularFile;
    }

    private string TemporaryPath() => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, $".volley-{System.IO.Path.GetRandomFileName()}");

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int folder, string path, int flags, uint mask, byte* status);
}
