using Volley.Inventory.Expressions;

namespace Volley.Inventory.Sources;

/// <summary>The nodes of Slurm by partition, state or feature, as <c>sinfo</c> reports them. One report serves the three sources.</summary>
internal sealed class SlurmNodes(string program)
{
    private const string Format = "%N|%R|%T|%f";

    // Marks of sinfo behind a state: not responding, powering down, in maintenance and others.
    private static readonly char[] StateFlags = [.. "*~#!%$@^-+"];

    private Task<IReadOnlyList<SlurmNode>>? _nodes;

    public string Program => program;

    public Task<IReadOnlyList<SlurmNode>> GetAsync(string source, CancellationToken cancellationToken) => _nodes ??= ReadAsync(source, cancellationToken);

    private async Task<IReadOnlyList<SlurmNode>> ReadAsync(string source, CancellationToken cancellationToken)
    {
        string[] lines = await SlurmCommands.RunAsync(source, [program, "--noheader", "--Node", $"--format={Format}"], cancellationToken).ConfigureAwait(false);
        var nodes = new Dictionary<string, SlurmNode>();
        foreach (string line in lines)
        {
            if (line.Split('|') is not [var names, var partition, var state, var features])
                throw new HostSourceException(source, $"unexpected line '{line}'; NODE|PARTITION|STATE|FEATURES was expected", program);
            foreach (Target name in HostNames.Parse(source, names.Trim(), new(program, 0)))
            {
                if (!nodes.TryGetValue(name.Host, out SlurmNode? node))
                {
                    string[] found = features.Trim() is "(null)" or "" ? [] : features.Trim().Split(',');
                    nodes.Add(name.Host, node = new(name, [], state.Trim().TrimEnd(StateFlags), found));
                }
                if (!node.Partitions.Contains(partition.Trim()))
                    node.Partitions.Add(partition.Trim());
            }
        }
        return [.. nodes.Values];
    }
}

/// <summary>A node of Slurm.</summary>
internal sealed record SlurmNode(Target Name, List<string> Partitions, string State, IReadOnlyList<string> Features)
{
    public KnownHost ToHost()
    {
        var attributes = new Dictionary<string, string> { ["partition"] = string.Join(',', Partitions), ["state"] = State };
        if (Features.Count > 0)
            attributes["features"] = string.Join(',', Features);
        return new(Name) { Attributes = attributes };
    }
}

/// <summary>A source of Slurm's nodes: <c>@slurm:partition</c>, <c>@slurmstate:idle</c> or <c>@slurmfeature:gpu</c>.</summary>
internal sealed class SlurmSource(string name, SlurmNodes nodes, Func<SlurmNode, IEnumerable<string>> getGroups) : TableSource(name, nodes.Program)
{
    protected override async ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        var table = new GroupTable();
        foreach (SlurmNode node in await nodes.GetAsync(Name, cancellationToken).ConfigureAwait(false))
        {
            KnownHost host = node.ToHost();
            table.Hosts.Add(host);
            foreach (string group in getGroups(node).Where(group => GroupName.IsValid(group)))
                table.Add(group, host);
        }
        return table;
    }
}

/// <summary>The nodes of Slurm's running jobs, <c>@slurmjob:1234</c> or <c>@slurmjob:1234_[1-4]</c>, as <c>squeue</c> reports them.</summary>
internal sealed class SlurmJobSource(string name, string program) : TableSource(name, program)
{
    protected override async ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        string[] lines = await SlurmCommands.RunAsync(
            Name, [Location, "--noheader", "--states=RUNNING", "--format=%A|%i|%u|%N"], cancellationToken).ConfigureAwait(false);
        var table = new GroupTable();
        var seen = new HashSet<(string? Group, Target Name)>();
        foreach (string line in lines)
        {
            if (line.Split('|') is not [var id, var arrayId, var user, var names])
                throw new HostSourceException(Name, $"unexpected line '{line}'; JOB|ARRAYJOB|USER|NODES was expected", Location);
            if (string.IsNullOrWhiteSpace(names))
                continue;
            foreach (Target name in HostNames.Parse(Name, names.Trim(), new(Location, 0)))
            {
                var host = new KnownHost(name);
                if (seen.Add((null, name)))
                    table.Hosts.Add(host);
                foreach (string group in GetNames(id.Trim(), arrayId.Trim()).Where(group => GroupName.IsValid(group) && seen.Add((group, name))))
                    table.Add(group, host);
            }
        }
        return table;
    }

    /// <summary>
    /// Returns the names of a job that <c>squeue --jobs</c> accepts: the id, that of an array task (<c>12_3</c>) or of a component of a heterogeneous
    /// job (<c>12+0</c>), and that of the whole array or job.
    /// </summary>
    private static IEnumerable<string> GetNames(string id, string partId) => [id, partId, partId.Split('_', '+')[0]];
}
