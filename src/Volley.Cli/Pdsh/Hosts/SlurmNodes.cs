using System.ComponentModel;
using System.Text;
using Volley.Transports.Exec;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>The nodes of Slurm's jobs, partitions and features, asked of its own commands.</summary>
internal static class SlurmNodes
{
    /// <exception cref="PdshException">Slurm is not installed, or knows no such thing.</exception>
    public static List<string> Of(IReadOnlyList<(char Option, string Value)> options, PdshContext context)
    {
        var nodes = new List<string>();
        foreach (var (option, value) in options)
        {
            string[] words = option switch
            {
                'j' when value == "all" => ["squeue", "--noheader", "--states=RUNNING", "--format=%N"],
                'j' => ["squeue", "--noheader", "--format=%N", $"--jobs={value}"],
                'P' => ["sinfo", "--noheader", "--format=%N", $"--partition={value}"],
                _ => ["sinfo", "--noheader", "--Node", "--format=%N %f"],
            };
            var lines = RunAsync(words, option, context).GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var names = option == 'C' ? lines.Where(line => HasFeature(line, value)).Select(line => line.Split(' ')[0]) : lines;
            nodes.AddRange(names.SelectMany(HostItems.Names).SelectMany(name => HostRange.ExpandAll(name, context)));
        }

        return nodes;
    }

    private static bool HasFeature(string line, string wanted) =>
        line.Split(' ', 2) is [_, var features] && features.Trim().Split(',').Intersect(wanted.Split(',')).Any();

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
