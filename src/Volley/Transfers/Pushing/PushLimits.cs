using System.Numerics;
using Volley.Execution;
using Volley.Transfers.Deltas;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>What the targets of a push share: the source blocks, the rate, and bounds that shrink with the number of targets at once.</summary>
internal sealed class PushLimits
{
    private const int MaxBlock = 128 << 10;
    private const int MinBlock = 4 << 10;
    // The targets' windows together. They bound the memory if no two targets use the same block.
    private const int AllWindows = 64 << 20;
    // A server's window has 2 MiB in OpenSSH. A few blocks more wait for it; each of them is a buffer, and the pool has few for many targets.
    private const int MaxWindow = 5 << 19;
    private const int MinWindow = 256 << 10;
    private const int AllFiles = 2048;
    private const int MaxFiles = 128;
    private const int MinFiles = 8;
    // With a low rate, blocks are small enough for several a second.
    private const int BlocksPerSecond = 8;

    public PushLimits(PushJob job, RunContext run)
    {
        var hosts = Math.Max(1, Math.Min(run.Plan.MaxConcurrency, run.Plan.Targets.Length));
        WindowLength = Math.Clamp(AllWindows / hosts, MinWindow, MaxWindow);
        FilesAtOnce = Math.Clamp(AllFiles / hosts, MinFiles, MaxFiles);
        var rate = Math.Min(job.Rate ?? long.MaxValue, job.TargetRate ?? long.MaxValue);
        var block = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(rate / BlocksPerSecond, MinBlock, MaxBlock));
        Source = new SharedSource(block, keepsBlocks: hosts > 1);
        Deltas = new SharedDeltas(Source);
        Rate = job.Rate is { } all ? new RateLimit(all, run.Time) : null;
        NewTargetRate = () => job.TargetRate is { } one ? new RateLimit(one, run.Time) : null;
    }

    public SharedSource Source { get; }

    /// <summary>What the sources have in common with old files.</summary>
    public SharedDeltas Deltas { get; }

    /// <summary>The largest number of bytes in flight to a target.</summary>
    public int WindowLength { get; }

    /// <summary>The largest number of files that are written at a target at the same time.</summary>
    public int FilesAtOnce { get; }

    /// <summary>The limit of all targets together; null for none.</summary>
    public RateLimit? Rate { get; }

    /// <summary>Returns the limit of one target; null for none.</summary>
    public Func<RateLimit?> NewTargetRate { get; }
}
