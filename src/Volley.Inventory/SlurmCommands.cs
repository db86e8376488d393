using Volley.Inventory.Programs;

namespace Volley.Inventory;

/// <summary>What Slurm's commands <c>squeue</c> and <c>sinfo</c> report about nodes. They are searched on PATH, and run for at most 10 seconds.</summary>
/// <remarks>
/// A failure is a <see cref="HostSourceException"/>. Its inner exception is a <see cref="System.ComponentModel.Win32Exception"/> if the command can't be
/// started, and a <see cref="TimeoutException"/> if it took too long.
/// </remarks>
public static class SlurmCommands
{
    private const string Source = "slurm";
    private const string Queue = "squeue";
    private const string Info = "sinfo";

    /// <summary>Returns the nodes of jobs as host lists, such as <c>n[1-3]</c>.</summary>
    /// <param name="jobs">The numbers of the jobs, or null for all that are running. The task of an array job can follow the number.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="HostSourceException">The command can't be started, fails, or takes too long.</exception>
    public static async Task<IReadOnlyList<string>> FindJobNodesAsync(IReadOnlyCollection<string>? jobs, CancellationToken cancellationToken = default)
    {
        // With an empty list squeue would report all jobs, and sinfo all partitions.
        if (jobs is { Count: 0 })
            return [];
        string[] arguments = jobs is null
            ? [Queue, "--noheader", "--states=RUNNING", "--format=%N"]
            : [Queue, "--noheader", "--format=%N", $"--jobs={string.Join(',', jobs)}"];
        return await RunAsync(Source, arguments, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the partitions of the given names that exist, with their nodes as host lists. A partition can occur several times.</summary>
    /// <param name="partitions">The names.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="HostSourceException">The command can't be started, fails, or takes too long.</exception>
    public static async Task<IReadOnlyList<(string Partition, string Nodes)>> FindPartitionNodesAsync(
        IReadOnlyCollection<string> partitions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        if (partitions.Count == 0)
            return [];
        string[] lines = await RunAsync(
            Source, [Info, "--noheader", "--format=%R %N", $"--partition={string.Join(',', partitions)}"], cancellationToken).ConfigureAwait(false);
        return [.. lines.Select(SplitFields)];
    }

    /// <summary>Returns the nodes with the features that are active on them, separated by commas.</summary>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="HostSourceException">The command can't be started, fails, or takes too long.</exception>
    public static async Task<IReadOnlyList<(string Node, string Features)>> GetActiveFeaturesAsync(CancellationToken cancellationToken = default)
    {
        string[] lines = await RunAsync(Source, [Info, "--noheader", "--Node", "--format=%N %b"], cancellationToken).ConfigureAwait(false);
        return [.. lines.Select(SplitFields)];
    }

    /// <summary>Runs a command, and returns the lines of its output that are not empty.</summary>
    internal static async Task<string[]> RunAsync(string source, string[] arguments, CancellationToken cancellationToken)
    {
        string text = await SourceProgram.RunAsync(source, arguments, new(arguments[0], 0), cancellationToken).ConfigureAwait(false);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static (string, string) SplitFields(string line) => line.Split(' ', 2) is [var first, var rest] ? (first, rest.Trim()) : (line, "");
}
