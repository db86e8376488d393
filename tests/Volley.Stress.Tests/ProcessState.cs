using System.Globalization;
using Volley.Testing;

namespace Volley.Stress.Tests;

/// <summary>What this process holds at a moment at which it is idle.</summary>
/// <param name="Descriptors">Open file descriptors.</param>
/// <param name="Threads">Threads, those of the thread pool included.</param>
/// <param name="HeapBytes">The live bytes of the managed heap.</param>
internal sealed record ProcessState(int Descriptors, int Threads, long HeapBytes)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Waits until no child is left, and returns the state.</summary>
    /// <exception cref="TimeoutException">There are still children.</exception>
    public static async Task<ProcessState> ReadAsync(CancellationToken cancellationToken)
    {
        // Children that were killed, and results of finalizers, take a moment.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (Children() is { Count: > 0 } children)
        {
            if (clock.Elapsed > Limit)
                throw new TimeoutException($"children are left: {string.Join(", ", children.Select(child => $"{child.Id} {child.State} {child.CommandLine}"))}");
            await Task.Delay(10, cancellationToken);
        }

        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // Not GC.GetTotalMemory, which subtracts room that threads have reserved, and may be negative in a small heap.
        var heap = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return new ProcessState(Count("/proc/self/fd"), Count("/proc/self/task"), heap.HeapSizeBytes - heap.FragmentedBytes);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Descriptors} descriptors, {Threads} threads, {HeapBytes / 1024.0:N0} KiB");

    /// <summary>The children of this process, zombies included.</summary>
    private static IReadOnlyList<ProcessEntry> Children() => [.. Processes.All().Where(process => process.Parent == Environment.ProcessId)];

    private static int Count(string directory) => Directory.GetFileSystemEntries(directory).Length;
}
