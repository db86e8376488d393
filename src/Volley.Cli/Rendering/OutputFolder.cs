using System.Collections.Immutable;
using Volley.Targets;

namespace Volley.Cli.Rendering;

/// <summary>The folder of <c>--output-dir</c>: an empty file for each target's standard output, and room for the rest.</summary>
internal sealed class OutputFolder
{
    private const string SummaryName = "summary.json";

    private readonly string _path;
    private readonly ImmutableArray<string> _names;

    private OutputFolder(string path, ImmutableArray<string> names)
    {
        _path = path;
        _names = names;
    }

    /// <summary>The file that says what became of the run.</summary>
    public SummaryReportFile Summary => SummaryReportFile.At(Path.Combine(_path, SummaryName));

    /// <summary>Makes the folder if it is not there, and the files in it.</summary>
    /// <exception cref="UsageException">It can't be made or written, or has such files already.</exception>
    public static OutputFolder Prepare(string path, bool overwrites, ImmutableArray<Target> targets)
    {
        var folder = new OutputFolder(path, NodeFileNames.Of(targets));
        try
        {
            Directory.CreateDirectory(path);
            folder.ClearOld(overwrites);
            folder.MakeFiles();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--output-dir {path}: {SystemMessage.Of(failure)}");
        }

        return folder;
    }

    /// <summary>The name of a target's file.</summary>
    public string NameOf(int index, StreamKind stream) => $"{_names[index]}.{(stream == StreamKind.Stdout ? "stdout" : "stderr")}";

    /// <summary>The path of a target's file.</summary>
    public string PathOf(int index, StreamKind stream) => Path.Combine(_path, NameOf(index, stream));

    private void ClearOld(bool overwrites)
    {
        var there = Directory.EnumerateFileSystemEntries(_path).Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal);
        if (there.Count == 0)
            return;
        var old = Enumerable.Range(0, _names.Length)
            .SelectMany(index => new[] { NameOf(index, StreamKind.Stdout), NameOf(index, StreamKind.Stderr) })
            .Append(SummaryName)
            .Where(there.Contains);
        foreach (var name in old)
        {
            if (!overwrites)
                throw new UsageException($"--output-dir {_path}: {name} is there already; name another folder, or add --overwrite");
            // A node that prints nothing on standard error leaves no such file, and a run that crashes no summary.
            if (!name.EndsWith(".stdout", StringComparison.Ordinal))
                File.Delete(Path.Combine(_path, name));
        }
    }

    private void MakeFiles()
    {
        for (var index = 0; index < _names.Length; index++)
            new FileStream(PathOf(index, StreamKind.Stdout), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0).Dispose();
    }
}
