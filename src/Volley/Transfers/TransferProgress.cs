using System.Globalization;
using Volley.Execution;

namespace Volley.Transfers;

/// <summary>
/// The progress of the files at one target: counts them, and reports it as <see cref="NodeProgress"/>, at most four times a second. Several
/// files may be in progress at the same time.
/// </summary>
/// <param name="run">What all nodes of the run share.</param>
/// <param name="target">The target.</param>
internal sealed class TransferProgress(RunContext run, Target target)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private long _reportedAt = run.Time.GetTimestamp();
    private long _bytes;
    private long _doneBytes;
    private long _files;
    private long _deleted;
    private string? _currentFile;

    /// <summary>The number of bytes that were moved.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _bytes;
        }
    }

    /// <summary>The number of files that are complete.</summary>
    public long Files
    {
        get
        {
            lock (_lock)
                return _files;
        }
    }

    /// <summary>The number of files and directories that were deleted.</summary>
    public long Deleted => Interlocked.Read(ref _deleted);

    /// <summary>The size of all files; null while it is not known.</summary>
    public long? TotalBytes { get; set; }

    /// <summary>The number of all files; null while it is not known.</summary>
    public long? TotalFiles { get; set; }

    /// <summary>Returns a text with the numbers of files and bytes, for the message of a transfer that did not end well.</summary>
    /// <param name="direction">What happened to the bytes: sent or received.</param>
    public string Describe(string direction)
    {
        var all = TotalFiles is { } total ? string.Create(CultureInfo.InvariantCulture, $" of {total:N0}") : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{Files:N0}{all} {((TotalFiles ?? Files) == 1 ? "file" : "files")} copied, {Bytes:N0} bytes {direction}");
    }

    /// <summary>States which file is transferred now.</summary>
    public void Begin(string name)
    {
        lock (_lock)
            _currentFile = name;
    }

    /// <summary>Counts bytes that were moved. Waits for the reader of the events when it is behind.</summary>
    public ValueTask AddAsync(long bytes) => ReportAsync(moved: bytes, skipped: 0, files: 0);

    /// <summary>Counts bytes that need no transfer: holes, and what is already there.</summary>
    public ValueTask SkipAsync(long bytes) => ReportAsync(moved: 0, skipped: bytes, files: 0);

    /// <summary>Takes back bytes that were counted, of a file that is copied again.</summary>
    public ValueTask TakeBackAsync(long bytes) => ReportAsync(moved: 0, skipped: -bytes, files: 0);

    /// <summary>Counts a file or directory that was deleted.</summary>
    public void CountDeleted() => Interlocked.Increment(ref _deleted);

    /// <summary>Counts a file that is complete.</summary>
    public ValueTask CompleteAsync() => ReportAsync(moved: 0, skipped: 0, files: 1);

    private ValueTask ReportAsync(long moved, long skipped, long files)
    {
        NodeProgress progress;
        lock (_lock)
        {
            _bytes += moved;
            _doneBytes += moved + skipped;
            _files += files;
            var now = run.Time.GetTimestamp();
            if (run.Time.GetElapsedTime(_reportedAt, now) < Interval)
                return ValueTask.CompletedTask;
            _reportedAt = now;
            progress = new NodeProgress(target, _doneBytes, TotalBytes) { Files = _files, TotalFiles = TotalFiles, CurrentFile = _currentFile };
        }

        return run.Events.AddAsync(progress);
    }
}
