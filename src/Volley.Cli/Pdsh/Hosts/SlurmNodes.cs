using System.ComponentModel;
using System.Text;
using Volley.Transports.Exec;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>The nodes of Slurm's jobs, partitions and features, asked of its own commands.</summary>
internal static class SlurmNodes
{
    private const string AllJobs = "all";

    /// <summary>The nodes of jobs and of partitions.</summary>
    /// <exception cref="PdshException">Slurm is not installed, or knows no such thing.</exception>
    public static List<string> Of(IReadOnlyList<(char Option, string Value)> options, PdshContext context) =>
        [.. options.SelectMany(given => Nodes(given.Option, given.Value, context)).SelectMany(line => Names(line, context))];

    /// <summary>The nodes on which at least one of the features is active.</summary>
    /// <exception cref="PdshException">Slurm is not installed.</exception>
    public static HashSet<string> WithFeature(IEnumerable<string> features, PdshContext context)
    {
        var wanted = features.ToHashSet();
        var lines = Lines(["sinfo", "--noheader", "--Node", "--format=%N %b"], 'C', context);
        return [.. lines.Select(line => line.Split(' ', 2))
            .Where(columns => columns is [_, var active] && active.Trim().Split(',').Any(wanted.Contains))
            .SelectMany(columns => Names(columns[0], context))];
    }

    private static IEnumerable<string> Nodes(char option, string value, PdshContext context) => option switch
    {
        'j' => OfJobs(value, context),
        'P' => Lines(["sinfo", "--noheader", "--format=%N", $"--partition={value}"], option, context),
        _ => [],
    };

    private static List<string> OfJobs(string value, PdshContext context)
    {
        var jobs = value.Split(',', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (jobs.Find(job => job != AllJobs && !char.IsAsciiDigit(job[0])) is { } wrong)
            throw context.Fails($"invalid setting \"{wrong}\" for -j or SLURM_JOBID");
        var lines = new List<string>();
        if (jobs.RemoveAll(job => job == AllJobs) > 0)
            lines.AddRange(Lines(["squeue", "--noheader", "--states=RUNNING", "--format=%N"], 'j', context));
        if (jobs.Count > 0)
            lines.AddRange(Lines(["squeue", "--noheader", "--format=%N", $"--jobs={string.Join(',', jobs)}"], 'j', context));
        return lines;
    }

    private static IEnumerable<string> Names(string line, PdshContext context) =>
        HostItems.Names(line).SelectMany(name => HostRange.ExpandAll(name, context));

    private static string[] Lines(string[] words, char option, PdshContext context) =>
        RunAsync(words, option, context).GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string> RunAsync(string[] words, char option, PdshContext context)
    {
        try
        {
            await using var process = LocalProcess.Start(words);
            var output = new MemoryStream();
            var buffer = new byte[4096];
            while (await process.ReadAsync(buffer, CancellationToken.None) is { Count: > 0 } read)
            {
                if (read.Stream == StreamKind.Stdout)
                    output.Write(buffer, 0, read.Count);
            }

            return await process.WaitAsync(CancellationToken.None) is { Code: 0 }
                ? Encoding.UTF8.GetString(output.ToArray())
                : throw context.Fails($"-{option}: {words[0]} failed");
        }
        catch (Win32Exception missing)
        {
            throw context.Fails($"-{option} needs Slurm's {words[0]}, which can't be started: {new Win32Exception(missing.NativeErrorCode).Message}");
        }
    }
}
