using System.Collections.Concurrent;
using Volley.Cli.Rendering;
using Volley.Targets;

namespace Volley.Cli.Run;

/// <summary>
/// Keeps output that is held back from filling the file system of temporary files. While little of that is free, nodes
/// of which more is held than memory takes are not read. If that does not help, those of which most is held are ended.
/// </summary>
/// <param name="settings">Says what is held back.</param>
/// <param name="limitOutput">Ends a node, with a message.</param>
/// <param name="time">The clock.</param>
internal sealed class TemporarySpace(OutputSettings settings, Action<Target, string> limitOutput, TimeProvider time)
{
    /// <summary>How much of one node is held back if nothing else is asked for: 1 GiB.</summary>
    public const long DefaultLimit = 1L << 30;

    /// <summary>As much stays free, or a twentieth of the file system if that is less: a small one would never have so much.</summary>
    private const long Reserve = 1L << 30;
    private const int ReserveShare = 20;

    /// <summary>How long a node waits for space before it, or one of which more is held, is ended.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>How often a waiting node looks again: a file system tells nobody that space has become free.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
    private readonly ConcurrentDictionary<int, (long Stdout, long Stderr)> _held = [];
    private readonly ConcurrentDictionary<int, Target> _waiting = [];

    /// <summary>Counts what is held back after an event.</summary>
    public void Take(NodeEvent nodeEvent)
    {
        if (settings.Holds == HeldOutputKind.Nothing)
            return;
        var index = nodeEvent.Target.Index;
        switch (nodeEvent)
        {
            case NodeConnecting:
                _held[index] = default;
                break;
            case NodeOutput output:
                var (stdout, stderr) = _held.GetValueOrDefault(index);
                _held[index] = output.Stream == StreamKind.Stdout ? (After(stdout, output), stderr) : (stdout, After(stderr, output));
                if (settings.LimitsLines && HeldOf(index) > DefaultLimit)
                    limitOutput(output.Target, $"a line of more than {Words.Bytes(DefaultLimit)} is not complete");
                break;
            // With gathered output and the terminal UI it stays, but nothing more comes.
            case NodeFinished:
                _held.TryRemove(index, out _);
                break;
        }
    }

    /// <summary>Returns null where a node's output may be read; else a task that completes once it may, or once the node is being ended.</summary>
    public Task? Gate(Target target) =>
        settings.Holds == HeldOutputKind.Nothing || HeldOf(target.Index) <= SpillBuffer.DefaultMemoryLimit || !IsShort() ? null : WaitAsync(target);

    private long After(long held, NodeOutput output) =>
        settings.Holds == HeldOutputKind.Lines && output.Data.Span.LastIndexOf((byte)'\n') is >= 0 and var newline
            ? output.Data.Length - newline - 1
            : held + output.Data.Length;

    private long HeldOf(int index)
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
            while (IsShort() && HeldOf(target.Index) > 0)
            {
                await Task.Delay(LookInterval, time);
                if (time.GetElapsedTime(since) < Patience)
                    continue;
                // Its output may become free by its end, and be enough for the others.
                if (_waiting.Keys.MaxBy(HeldOf) == target.Index)
                {
                    limitOutput(target, $"less than {Words.Bytes(ReserveOf(new DriveInfo(_folder)))} is free in {_folder}, where output is held back; name another directory by TMPDIR, or use --output stream");
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
            var drive = new DriveInfo(_folder);
            return drive.AvailableFreeSpace < ReserveOf(drive);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What can't be measured may still take what is written to it.
            return false;
        }
    }

    private static long ReserveOf(DriveInfo drive) => Math.Min(Reserve, drive.TotalSize / ReserveShare);
}
