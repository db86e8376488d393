using System.Globalization;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Reports;

/// <summary>
/// A file that is replaced atomically: the content goes to a temporary file in the same directory, which is then renamed. A file that is
/// not regular, such as <c>/dev/stdout</c> or a named pipe, is written in place.
/// </summary>
internal sealed class ReportFile
{
    private const int MaxLinks = 40; // as many as the kernel follows: path_resolution(7)

    // The directory in which the file is replaced; null if the file is written in place.
    private readonly OpenDirectory? _directory;
    private readonly string _name;
    // The descriptor of this process that is written to, instead of opening the file by its path.
    private readonly int? _descriptor;

    private ReportFile(OpenDirectory? directory, string name, string path, int? descriptor = null)
    {
        _directory = directory;
        _name = name;
        _descriptor = descriptor;
        Path = path;
    }

    /// <summary>The path of the file, with links resolved.</summary>
    public string Path { get; }

    /// <summary>Whether the file is written in place, and so may be a terminal.</summary>
    public bool IsDevice => _directory is null;

    /// <summary>Resolves the path of a report, and checks that the file can be written by creating and deleting a temporary file.</summary>
    /// <param name="option">The name of the option, for messages.</param>
    /// <param name="path">The path.</param>
    /// <exception cref="UsageException">The file can't be written.</exception>
    public static ReportFile Prepare(string option, string path)
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
            throw new UsageException($"{option} {path}: {SystemMessage.Of(failure)}");
        }
    }

    /// <summary>Returns a file in an open directory.</summary>
    public static ReportFile In(OpenDirectory directory, string name, string path) => new(directory, name, path);

    /// <summary>Writes the file.</summary>
    /// <exception cref="IOException">The file can't be written. A regular file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not writable.</exception>
    public void Write(Action<Stream> content)
    {
        if (_descriptor is { } descriptor)
        {
            WriteTo(descriptor, content);
            return;
        }

        if (_directory is null)
        {
            using var device = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            content(device);
            return;
        }

        var temporary = TemporaryName();
        try
        {
            using (var file = new FileStream(_directory.Create(temporary), FileAccess.Write))
                content(file);
            _directory.Rename(temporary, _name);
        }
        catch
        {
            _directory.Delete(temporary);
            throw;
        }
    }

    private static ReportFile At(string path)
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
    private static void WriteTo(int descriptor, Action<Stream> content)
    {
        using var report = new MemoryStream();
        content(report);
        var file = Descriptor.Standard(descriptor);
        // If it was closed at the start, its number now belongs to a file of the runtime.
        if (!Descriptor.IsInherited(file))
            throw Errno.Failure(Errno.BadDescriptor);
        Descriptor.WriteAll(file, report.GetBuffer().AsSpan(0, (int)report.Length));
    }

    private static string TemporaryName() => $".volley-{System.IO.Path.GetRandomFileName()}";
}
