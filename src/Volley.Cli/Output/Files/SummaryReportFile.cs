using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Files;

/// <summary>
/// A file that is replaced atomically: the content goes to a temporary file in the same directory, which is then renamed. A file that is
/// not regular, such as <c>/dev/stdout</c> or a named pipe, is written in place.
/// </summary>
internal sealed class SummaryReportFile
{
    private const int MaxLinks = 40; // as many as the kernel follows: path_resolution(7)

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
        SkipValidation = true,
    };

    // A device may be a terminal, where characters beyond ASCII could act as control sequences.
    private static readonly JsonWriterOptions AsciiOptions = Options with { Encoder = JavaScriptEncoder.Create(UnicodeRanges.BasicLatin) };

    // The directory in which the file is replaced; null if the file is written in place.
    private readonly OpenDirectory? _directory;
    private readonly string _name;
    // The descriptor of this process that is written to, instead of opening the file by its path.
    private readonly int? _descriptor;

    private SummaryReportFile(OpenDirectory? directory, string name, string path, int? descriptor = null)
    {
        _directory = directory;
        _name = name;
        _descriptor = descriptor;
        Path = path;
    }

    /// <summary>The path of the file, with links resolved.</summary>
    public string Path { get; }

    /// <summary>Writes the content.</summary>
    internal delegate void Content(Utf8JsonWriter json);

    /// <summary>Resolves the path of <c>--report</c>, and checks that the file can be written by creating and deleting a temporary file.</summary>
    /// <exception cref="UsageException">The file can't be written.</exception>
    public static SummaryReportFile Prepare(string path)
    {
        try
        {
            var file = At(path);
            if (file._directory is not null)
            {
                var temporary = TemporaryName();
                file._directory.Create(temporary).Dispose();
                file._directory.Delete(temporary);
            }

            return file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--report {path}: {SystemMessage.Of(failure)}");
        }
    }

    /// <summary>Returns a file in an open directory.</summary>
    public static SummaryReportFile In(OpenDirectory directory, string name, string path) => new(directory, name, path);

    /// <summary>Writes the file.</summary>
    /// <exception cref="IOException">The file can't be written. A regular file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not writable.</exception>
    public void Write(Content content)
    {
        if (_descriptor is { } descriptor)
        {
            WriteTo(descriptor, content);
            return;
        }

        if (_directory is null)
        {
            using var there = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            WriteTo(there, AsciiOptions, content);
            return;
        }

        var temporary = TemporaryName();
        try
        {
            using (var file = new FileStream(_directory.Create(temporary), FileAccess.Write))
                WriteTo(file, Options, content);
            _directory.Rename(temporary, _name);
        }
        catch
        {
            _directory.Delete(temporary);
            throw;
        }
    }

    private static SummaryReportFile At(string path)
    {
        var full = SystemFile.FullPath(path);
        if (IsOpenFile(full, out var descriptor))
            return File.Exists(full) ? new(null, "", full, descriptor) : throw new FileNotFoundException();

        for (var links = 0; links < MaxLinks; links++)
        {
            var status = FileStatus.OfName(full);
            if (status is { IsDirectory: true })
                throw new IOException("it is a directory; name a file in it");
            if (status is { IsTrusted: false, IsRegular: false })
                throw new IOException("it belongs to another user and is not a regular file; choose another file");
            var directory = System.IO.Path.GetDirectoryName(full)!;
            if (status is not { IsLink: true })
                return status is { IsRegular: false } ? new(null, "", full) : new(OpenDirectory.Open(directory), System.IO.Path.GetFileName(full), full);
            full = System.IO.Path.GetFullPath(System.IO.Path.Combine(directory, SystemFile.ReadLink(full)!));
        }

        throw new IOException("too many symbolic links");
    }

    /// <summary>Returns whether a path names an open file of a process, which need not have a name of its own.</summary>
    /// <param name="path">The path.</param>
    /// <param name="descriptor">The descriptor, if the path names this process; else null.</param>
    private static bool IsOpenFile(string path, out int? descriptor)
    {
        descriptor = path switch { "/dev/stdout" => 1, "/dev/stderr" => 2, _ => null };
        var isOwn = path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal);
        if (isOwn && int.TryParse(path.AsSpan(path.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            descriptor = number;
        return descriptor is not null || isOwn || path.StartsWith("/proc/", StringComparison.Ordinal);
    }

    /// <summary>Writes to the descriptor itself: a file that is opened anew has an offset of its own, so later writers would overwrite the report.</summary>
    private static void WriteTo(int descriptor, Content content)
    {
        using var report = new MemoryStream();
        WriteTo(report, AsciiOptions, content);
        var file = Descriptor.Standard(descriptor);
        // If it was closed at the start, its number now belongs to a file of the runtime.
        if (!Descriptor.IsInherited(file))
            throw Errno.Failure(Errno.BadDescriptor);
        Descriptor.WriteAll(file, report.GetBuffer().AsSpan(0, (int)report.Length));
    }

    private static void WriteTo(Stream file, JsonWriterOptions options, Content content)
    {
        using (var json = new Utf8JsonWriter(file, options))
            content(json);
        file.Write("\n"u8);
    }

    private static string TemporaryName() => $".volley-{System.IO.Path.GetRandomFileName()}";
}
