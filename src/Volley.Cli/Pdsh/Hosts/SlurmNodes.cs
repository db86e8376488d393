using System.ComponentModel;
using System.Text;
using Volley.Interop;

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
        var lines = await LinesAsync(["sinfo", "--noheader", "--Node", "--format=%N %b"], 'C', context);
        return [.. lines
            .Select(Halves)
            .Where(line => SplitList(line.Right).Any(wanted.Contains))
            .Select(line => line.Left)];
    }

    private static async Task<string[]> FindByJobAsync(string list, PdshContext context)
    {
        var jobs = SplitList(list);
        if (jobs.Contains("all"))
            return await LinesAsync(["squeue", "--noheader", "--states=RUNNING", "--format=%N"], 'j', context);
        // Without an argument squeue would list all jobs, and sinfo all partitions.
        if (jobs.Length == 0)
            return [];
        // The task of an array job can follow the number.
        return Array.Find(jobs, job => !char.IsAsciiDigit(job[0])) is { } wrong
            ? throw context.Error($"invalid setting \"{wrong}\" for -j or SLURM_JOBID")
            : await LinesAsync(["squeue", "--noheader", "--format=%N", $"--jobs={string.Join(',', jobs)}"], 'j', context);
    }

    private static async Task<string[]> FindByPartitionAsync(string list, PdshContext context)
    {
        var partitions = SplitList(list);
        if (partitions.Length == 0)
            return [];
        var lines = await LinesAsync(["sinfo", "--noheader", "--format=%R %N", $"--partition={string.Join(',', partitions)}"], 'P', context);
        var found = lines.Select(Halves).ToList();
        foreach (var missing in partitions.Except(found.Select(line => line.Left)))
            context.Warn(context.Prefix($"Warning - partition {missing} not found"));
        return [.. found.Select(line => line.Right)];
    }

    private static string[] SplitList(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static (string Left, string Right) Halves(string line) =>
        line.Split(' ', 2) is [var left, var right] ? (left, right.Trim()) : (line, "");

    private static async Task<string[]> LinesAsync(string[] command, char option, PdshContext context) =>
        (await RunAsync(command, option, context)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string> RunAsync(string[] command, char option, PdshContext context)
    {
        try
        {
            await using var process = LocalProcess.Start(command);
            var output = new MemoryStream();
            var buffer = new byte[4096];
            while (await process.ReadAsync(buffer, CancellationToken.None) is { Count: > 0 } read)
            {
                if (read.Stream == StreamKind.Stdout)
                    output.Write(buffer, 0, read.Count);
            }

            return await process.WaitAsync(CancellationToken.None) is { Code: 0 }
                ? Encoding.UTF8.GetString(output.ToArray())
                : throw context.Error($"-{option}: {command[0]} failed");
        }
        catch (Win32Exception missing)
        {
            throw context.Error($"-{option} needs Slurm's {command[0]}, which can't be started: {Errno.Text(missing.NativeErrorCode)}");
        }
    }
}
