using System.Collections.Concurrent;
using Volley.Cli.Output;
using Volley.Input;

namespace Volley.Cli.Run;

/// <summary>
/// Keeps buffered output from filling the file system of temporary files. While free space is low, it pauses reading from nodes with more
/// buffered output than fits in memory. If that does not help, it ends the nodes with the most buffered output.
/// </summary>
/// <param name="settings">The settings that determine what is buffered.</param>
/// <param name="limitOutput">Ends a node with a message.</param>
/// <param name="time">The clock.</param>
internal sealed class TemporarySpace(OutputSettings settings, Action<Target, string> limitOutput, TimeProvider time)
{
    /// <summary>The default limit on the buffered output of one node: 1 GiB.</summary>
    public const long DefaultLimit = 1L << 30;

    /// <summary>The free space to preserve: 1 GiB, or a twentieth of a file system smaller than 20 GiB.</summary>
    private const long Reserve = 1L << 30;
    private const int ReserveShare = 20;

    /// <summary>The time that nodes wait for free space before the node with the most buffered output is ended.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The interval of checks for free space, since a file system sends no notifications about it.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly string _directory = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
    private readonly ConcurrentDictionary<int, (long Stdout, long Stderr)> _held = [];
    private readonly ConcurrentDictionary<int, Target> _waiting = [];

    /// <summary>Updates the amount of buffered output for an event.</summary>
    public void Take(NodeEvent nodeEvent)
    {
        if (settings.Buffers == BufferedOutput.Nothing)
            return;
        var index = nodeEvent.Target.Index;
        switch (nodeEvent)
        {
            case NodeConnecting or NodeRetrying:
                _held[index] = default;
                break;
            case NodeOutput output:
                var (stdout, stderr) = _held.GetValueOrDefault(index);
                _held[index] = output.Stream == StreamKind.Stdout ? (After(stdout, output), stderr) : (stdout, After(stderr, output));
                if (settings.LimitsLines && GetBufferedBytes(index) > DefaultLimit)
                    limitOutput(output.Target, $"an incomplete line is longer than {NumberText.Bytes(DefaultLimit)}");
                break;
            // Gathered output and the terminal UI keep the output, but it grows no more.
            case NodeFinished:
                _held.TryRemove(index, out _);
                break;
        }
    }

    /// <summary>
    /// Returns null if a node's output may be read. Otherwise returns a task that completes once it may, or once the node is being ended.
    /// </summary>
    public Task? Gate(Target target) =>
        settings.Buffers == BufferedOutput.Nothing || GetBufferedBytes(target.Index) <= SpillBuffer.DefaultMemoryLimit || !IsShort() ? null : WaitAsync(target);

    private long After(long held, NodeOutput output) =>
        settings.Buffers == BufferedOutput.Lines && output.Data.Span.LastIndexOf((byte)'\n') is >= 0 and var newline
            ? output.Data.Length - newline - 1
            : held + output.Data.Length;

    private long GetBufferedBytes(int index)
    {
        var (stdout, stderr) = _held.GetValueOrDefault(index);
        return stdout + stderr;
    }

    private async Task WaitAsync(Target target)
    {
        _waiting[target.Index] = target;
        try
        {
            var since = time.GetTimestamp();
            while (IsShort() && GetBufferedBytes(target.Index) > 0)
            {
                await Task.Delay(LookInterval, time);
                if (time.GetElapsedTime(since) < Patience)
                    continue;
                // The end of this node may free enough space for the others.
                if (_waiting.Keys.MaxBy(GetBufferedBytes) == target.Index)
                {
                    var reserve = NumberText.Bytes(GetReserve(new DriveInfo(_directory)));
                    limitOutput(
                        target,
                        $"less than {reserve} is free in {_directory}, where output is buffered; set TMPDIR to another directory, or use --output stream");
                    return;
                }

                since = time.GetTimestamp();
            }
        }
        finally
        {
            _waiting.TryRemove(target.Index, out _);
        }
    }

    private bool IsShort()
    {
        try
        {
            var drive = new DriveInfo(_directory);
            return drive.AvailableFreeSpace < GetReserve(drive);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Space that can't be measured may still be sufficient.
            return false;
        }
    }

    private static long GetReserve(DriveInfo drive) => Math.Min(Reserve, drive.TotalSize / ReserveShare);
}
