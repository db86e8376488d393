using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Volley.Cli.Output.Reports;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Files;

/// <summary>
/// The directory of <c>--output-dir</c>. Each target has a file for standard output, and one for standard error if it prints any. The
/// directory is locked during the run, since two runs would mix their lines.
/// </summary>
internal sealed class OutputDirectory : IDisposable
{
    private const string SummaryName = "summary.json";

    private static readonly char[] Digits = [.. "0123456789"];

    private readonly string _path;
    private readonly OpenDirectory _directory;
    private readonly ImmutableArray<string> _names;

    // The inode numbers of the created files, by file number; 0 for files that do not exist.
    private readonly ulong[] _created;

    private OutputDirectory(string path, OpenDirectory directory, ImmutableArray<string> names)
    {
        _path = path;
        _directory = directory;
        _names = names;
        _created = new ulong[2 * names.Length];
    }

    /// <summary>The file with the summary of the run.</summary>
    public ReportFile Summary => ReportFile.In(_directory, SummaryName, Path.Combine(SystemFile.FullPath(_path), SummaryName));

    /// <summary>Opens and locks the directory, and creates it if it does not exist. Its files are unchanged.</summary>
    /// <param name="path">The path of the directory.</param>
    /// <param name="targets">All targets.</param>
    /// <exception cref="UsageException">The directory can't be created or written, or is locked by another run.</exception>
    public static OutputDirectory Open(string path, ImmutableArray<Target> targets) => Try(path, () =>
    {
        var directory = OpenDirectory.Make(path);
        try
        {
            return directory.TryLock()
                ? new OutputDirectory(path, directory, FileNames.ForLabels(targets.Select(target => target.Label)))
                : throw new UsageException($"--output-dir {path}: another run is writing to it; wait until it ends, or choose another directory");
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    });

    /// <summary>Creates the files of the targets that run.</summary>
    /// <param name="overwrites">Whether to overwrite existing files.</param>
    /// <param name="targets">All targets.</param>
    /// <param name="repeated">The targets that run again, whose files are overwritten and those of the others kept; null if all run for the first time.</param>
    /// <exception cref="UsageException">The files can't be created, or exist.</exception>
    public void CreateFiles(bool overwrites, ImmutableArray<Target> targets, ImmutableArray<Target>? repeated) => Try(_path, () =>
    {
        overwrites |= repeated is not null;
        int[] indices = [.. (repeated ?? targets).Select(target => target.Index)];
        ClearOld(overwrites, indices);
        MakeFiles(overwrites, indices);
        return true;
    });

    /// <summary>Whether a file is, or may become, that of a target.</summary>
    /// <param name="path">The absolute path of the file.</param>
    public bool IsFileOfTarget(string path) => Path.GetDirectoryName(path) == SystemFile.FullPath(_path)
        && _names.Any(name => WithoutAttempt(Path.GetFileName(path)) is var file && (file == $"{name}.stdout" || file == $"{name}.stderr"));

    /// <summary>Returns the name of a target's file.</summary>
    public string GetFileName(int index, StreamKind stream) => $"{_names[index]}.{(stream == StreamKind.Stdout ? "stdout" : "stderr")}";

    /// <summary>Returns the path of a target's file, for messages.</summary>
    public string GetPath(int index, StreamKind stream) => Path.Combine(_path, GetFileName(index, stream));

    /// <summary>Opens a target's file for appending. The first call for standard error creates the file.</summary>
    /// <exception cref="IOException">The file can't be opened, or is not the one that was created.</exception>
    public SafeFileHandle Open(int index, StreamKind stream) => _created[GetNumber(index, stream)] is > 0 and var number
        ? _directory.Reopen(GetFileName(index, stream), number)
        : Created(index, stream, _directory.Create(GetFileName(index, stream)));

    /// <summary>Empties the files of a target that runs again.</summary>
    /// <exception cref="IOException">The files can't be replaced.</exception>
    public void Restart(int index)
    {
        _directory.Delete(GetFileName(index, StreamKind.Stderr));
        _created[GetNumber(index, StreamKind.Stderr)] = 0;
        Created(index, StreamKind.Stdout, _directory.Replace(GetFileName(index, StreamKind.Stdout))).Dispose();
    }

    /// <summary>Renames the files of an attempt that does not count, to <c>NODE.stdout.1</c>, and makes new ones for the next attempt.</summary>
    /// <param name="index">The index of the target.</param>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <exception cref="IOException">The files can't be renamed or made.</exception>
    public void KeepAttempt(int index, int attempt)
    {
        foreach (var stream in (StreamKind[])[StreamKind.Stdout, StreamKind.Stderr])
        {
            if (_created[GetNumber(index, stream)] == 0)
                continue;
            _directory.Rename(GetFileName(index, stream), string.Create(CultureInfo.InvariantCulture, $"{GetFileName(index, stream)}.{attempt}"));
            _created[GetNumber(index, stream)] = 0;
        }

        Created(index, StreamKind.Stdout, _directory.Create(GetFileName(index, StreamKind.Stdout))).Dispose();
    }

    public void Dispose() => _directory.Dispose();

    private static T Try<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--output-dir {path}: {SystemMessage.Of(failure)}");
        }
    }

    private static int GetNumber(int index, StreamKind stream) => (2 * index) + (int)stream;

    private SafeFileHandle Created(int index, StreamKind stream, SafeFileHandle file)
    {
        _created[GetNumber(index, stream)] = FileStatus.Of(file)?.Number ?? 0;
        return file;
    }

    private void ClearOld(bool overwrites, int[] indices)
    {
        var there = SystemFile.Names(_path).ToHashSet(StringComparer.Ordinal);
        if (there.Count == 0)
            return;
        var names = indices
            .SelectMany(index => new[] { GetFileName(index, StreamKind.Stdout), GetFileName(index, StreamKind.Stderr) })
            .ToHashSet(StringComparer.Ordinal);
        var old = there.Where(name => name == SummaryName || names.Contains(WithoutAttempt(name))).Order(StringComparer.Ordinal);
        foreach (var name in old)
        {
            if (!overwrites)
                throw new UsageException($"--output-dir {_path}: {name} already exists; choose another directory, or add --overwrite");
            // Delete them even though this run writes new files: it may write no stderr file, and no summary if it crashes.
            _directory.Delete(name);
        }
    }

    /// <summary>Returns a name without the number of an attempt at its end. The name of a target's own file never ends in a number.</summary>
    private static string WithoutAttempt(string name)
    {
        var stem = name.TrimEnd(Digits);
        return stem.Length < name.Length && stem.EndsWith('.') ? stem[..^1] : name;
    }

    private void MakeFiles(bool overwrites, int[] indices)
    {
        foreach (var index in indices)
        {
            var name = GetFileName(index, StreamKind.Stdout);
            Created(index, StreamKind.Stdout, overwrites ? _directory.Replace(name) : _directory.Create(name)).Dispose();
        }
    }
}
