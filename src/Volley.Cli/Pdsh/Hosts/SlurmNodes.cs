using System.ComponentModel;
using Volley.Interop;
using Volley.Inventory;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>The nodes of Slurm jobs, partitions and features, as reported by Slurm's commands.</summary>
internal static class SlurmNodes
{
    /// <summary>Returns the nodes of the jobs in <c>-j</c> and the partitions in <c>-P</c>.</summary>
    /// <exception cref="PdshException">Slurm is not installed, its command failed, or a job ID is invalid.</exception>
    public static async Task<List<string>> FindAsync(IReadOnlyList<(char Option, string Value)> options, PdshContext context)
    {
        var items = new List<string>();
        foreach (var (option, value) in options)
            items.AddRange(option == 'j' ? await FindByJobAsync(value, context) : await FindByPartitionAsync(value, context));
        return [.. items.SelectMany(HostItems.Names).SelectMany(name => HostRange.ExpandAll(name, context))];
    }

    /// <summary>Returns the nodes that currently have one of the features.</summary>
    /// <exception cref="PdshException">Slurm is not installed, or its command failed.</exception>
    public static async Task<HashSet<string>> WithFeatureAsync(IEnumerable<string> features, PdshContext context)
    {
        var wanted = features.SelectMany(SplitList).ToHashSet();
        var nodes = await AskAsync("sinfo", 'C', context, () => SlurmCommands.GetActiveFeaturesAsync());
        return [.. nodes.Where(node => SplitList(node.Features).Any(wanted.Contains)).Select(node => node.Node)];
    }

    private static async Task<IEnumerable<string>> FindByJobAsync(string list, PdshContext context)
    {
        var jobs = SplitList(list);
        var areAll = jobs.Contains("all");
        // The task of an array job can follow the number.
        if (!areAll && Array.Find(jobs, job => !char.IsAsciiDigit(job[0])) is { } wrong)
            throw context.Error($"invalid setting \"{wrong}\" for -j or SLURM_JOBID");
        return await AskAsync("squeue", 'j', context, () => SlurmCommands.FindJobNodesAsync(areAll ? null : jobs));
    }

    private static async Task<IEnumerable<string>> FindByPartitionAsync(string list, PdshContext context)
    {
        var partitions = SplitList(list);
        var found = await AskAsync("sinfo", 'P', context, () => SlurmCommands.FindPartitionNodesAsync(partitions));
        foreach (var missing in partitions.Except(found.Select(line => line.Partition)))
            context.Warn(context.Prefix($"Warning - partition {missing} not found"));
        return found.Select(line => line.Nodes);
    }

    private static string[] SplitList(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static async Task<T> AskAsync<T>(string program, char option, PdshContext context, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (HostSourceException failure)
        {
            throw context.Error(failure.InnerException switch
            {
                Win32Exception missing => $"-{option} needs Slurm's {program}, which can't be started: {Errno.Text(missing.NativeErrorCode)}",
                TimeoutException timeout => $"-{option}: {timeout.Message}",
                _ => $"-{option}: {program} failed",
            });
        }
    }
}
