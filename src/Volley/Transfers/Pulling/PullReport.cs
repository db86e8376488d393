using System.Globalization;
using Volley.Execution;
using Volley.Interop.Text;

namespace Volley.Transfers.Pulling;

/// <summary>Reports what a pull of one target does: its progress, and the failures of single files as lines on standard error.</summary>
/// <param name="node">The node.</param>
internal sealed class PullReport(Node node)
{
    /// <summary>The reason for a source that the user named and that has no content to copy.</summary>
    public const string SpecialFile = "a socket, a pipe or a device can't be copied";

    /// <summary>The largest number of lines, against a server with endless failures.</summary>
    private const int MaxLines = 100;

    private readonly Lock _lock = new();
    private readonly TransferProgress _progress = node.Transfer ??= new TransferProgress(node.Run, node.Target);
    private (string Message, string Reason)? _firstFailure;
    private int _failures;
    private int _lines;
    private int _unlisted;
    private long _totalBytes;
    private long _totalFiles;

    public TransferProgress Progress => _progress;

    /// <summary>Returns a path for a message, with control characters replaced: a name may contain line feeds.</summary>
    public static string Display(string path) => path.Any(char.IsControl)
        ? string.Concat(path.Select(c => char.IsControl(c) ? $"\\x{(int)c:x2}" : $"{c}"))
        : path;

    /// <summary>Throws if a file has failed.</summary>
    /// <exception cref="TransportException">A file has failed. It names the first one.</exception>
    public void ThrowIfFailed()
    {
        if (_firstFailure is not var (message, reason))
            return;
        if (_failures > 1)
            message = string.Create(CultureInfo.InvariantCulture, $"{message}; {_failures - 1:N0} more {(_failures == 2 ? "file" : "files")} failed");
        throw new TransportException(NodeOutcome.TransferFailed, message) { Reason = reason };
    }

    /// <summary>Counts directories whose files are not known yet; a negative number those whose files are known from now on.</summary>
    public void AddUnlisted(int count)
    {
        if (Interlocked.Add(ref _unlisted, count) > 0)
            return;
        _progress.TotalBytes = Interlocked.Read(ref _totalBytes);
        _progress.TotalFiles = Interlocked.Read(ref _totalFiles);
    }

    /// <summary>Counts a file that is to be copied.</summary>
    public void AddFile(long length)
    {
        Interlocked.Add(ref _totalBytes, length);
        Interlocked.Increment(ref _totalFiles);
    }

    /// <summary>Reports a file that is not copied because of its kind.</summary>
    public ValueTask SkipAsync(string path) => AddLineAsync($"{Display(path)}: not a file, directory or link; skipped");

    /// <summary>Reports the failure of a file. The others are still copied.</summary>
    public ValueTask FailAsync(string path, string reason)
    {
        var message = $"{Display(path)}: {reason}";
        lock (_lock)
        {
            _firstFailure ??= (message, reason);
            // The result names a single failure.
            if (_failures++ == 0)
                return ValueTask.CompletedTask;
        }

        return AddLineAsync(message);
    }

    private ValueTask AddLineAsync(string line)
    {
        var number = Interlocked.Increment(ref _lines);
        if (number > MaxLines)
            return ValueTask.CompletedTask;
        var data = SystemText.Encode(number == MaxLines ? "further files are not listed\n" : $"{line}\n");
        lock (_lock)
            node.Count(StreamKind.Stderr, data.Length);
        return node.Run.Events.AddAsync(new NodeOutput(node.Target, StreamKind.Stderr, data));
    }
}
