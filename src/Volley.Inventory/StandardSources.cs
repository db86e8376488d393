using Volley.Interop;
using Volley.Interop.Text;
using Volley.Inventory.Ansible;
using Volley.Inventory.ClusterShell;
using Volley.Inventory.Sources;
using Volley.Ssh;

namespace Volley.Inventory;

/// <summary>The sources that Volley finds by itself, each of which can be switched off.</summary>
public sealed record StandardSources
{
    private const string Cluster = "cluster", ClusterShell = "clustershell", Genders = "genders", Dsh = "dsh", Ansible = "ansible",
        Slurm = "slurm", Ssh = "ssh", BackendAi = "backendai", NetGroup = "netgroup";

    /// <summary>The kinds of sources, in the order in which a group is looked up unless the configuration states another one.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Cluster, ClusterShell, Genders, Dsh, Ansible, Slurm, Ssh, BackendAi, NetGroup];

    /// <summary>The configuration, which holds the clusters, the inventories, the default source and the order.</summary>
    public VolleyConfiguration Configuration { get; init; } = VolleyConfiguration.Empty;

    /// <summary>Ansible inventories that the command line names. They may be executables.</summary>
    public IReadOnlyList<string> Inventories { get; init; } = [];

    /// <summary>The kinds that are switched off, beside those that the configuration switches off.</summary>
    public IReadOnlyCollection<string> Disabled { get; init; } = [];

    /// <summary>The files of ssh_config.</summary>
    public SshConfigFiles SshConfig { get; init; } = SshConfigFiles.Default;

    /// <summary>Returns the value of an environment variable, or null if it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = SystemEnvironment.Variable;

    /// <summary>The clock of ClusterShell's cache_time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Creates the sources. None of them is read yet.</summary>
    public HostSources Create()
    {
        IEnumerable<string> order = Configuration.SourceOrder is { } stated ? stated.Concat(Kinds).Distinct() : Kinds;
        return new(
            order.Where(kind => !Disabled.Contains(kind) && !Configuration.DisabledSources.Contains(kind)).Select(CreateFinder),
            Configuration.DefaultSource);
    }

    private HostSourceFinder CreateFinder(string kind) => kind switch
    {
        ClusterShell => new(kind, cancellationToken => new ClusterShellFinder(Variable, Time).FindAsync(cancellationToken)),
        _ => new(kind, _ => ValueTask.FromResult(new FoundSources([.. FindSources(kind)], null))),
    };

    private IEnumerable<IHostSource> FindSources(string kind) => kind switch
    {
        Cluster => Configuration.Clusters.Count > 0 ? [new ClusterSource(Configuration)] : [],
        Genders => GendersFile.FindPath(Variable) is var genders && SystemFile.Exists(genders) ? [new GendersSource(genders)] : [],
        Dsh => DshFileReader.FindDirectories(Variable) is var directories && directories.Any(SystemFile.DirectoryExists) ? [new DshSource(directories)] : [],
        Ansible => FindInventories(),
        Slurm => FindSlurm(),
        Ssh => [new SshConfigSource(SshConfig)],
        BackendAi => BackendAiSource.Find(Variable) is { } session ? [session] : [],
        _ => OperatingSystem.IsLinux() ? [new NetGroupSource()] : [],
    };

    private IEnumerable<IHostSource> FindInventories()
    {
        string[] named = [.. Inventories, .. Configuration.Inventories.Select(inventory => inventory.Path)];
        string[] found = Variable("ANSIBLE_INVENTORY") is { Length: > 0 } paths
            ? paths.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : ["/etc/ansible/hosts"];
        var names = new HashSet<string>();
        foreach (string path in named)
            yield return new AnsibleSource(GetName(path), path, runsPrograms: true);
        foreach (string path in found.Where(path => SystemFile.Exists(path) || SystemFile.DirectoryExists(path)))
            yield return new AnsibleSource(names.Add(Ansible) ? Ansible : GetName(path), path, runsPrograms: false);

        // The first inventory is 'ansible', the others are named after their files.
        string GetName(string path) =>
            names.Add(Ansible) ? Ansible
            : Path.GetFileNameWithoutExtension(path.TrimEnd('/')) is { Length: > 0 } stem && names.Add(stem) ? stem
            : $"ansible{names.Count}";
    }

    private IEnumerable<IHostSource> FindSlurm()
    {
        if (Find("sinfo") is { } sinfo)
        {
            var nodes = new SlurmNodes(sinfo);
            yield return new SlurmSource("slurm", nodes, node => node.Partitions);
            yield return new SlurmSource("slurmstate", nodes, node => [node.State]);
            yield return new SlurmSource("slurmfeature", nodes, node => node.Features);
        }
        if (Find("squeue") is { } squeue)
            yield return new SlurmJobSource(squeue);

        // A search of all sources runs no program of the current directory.
        string? Find(string name) => ProgramPath.FindAll(name, Variable("PATH")).FirstOrDefault(Path.IsPathRooted);
    }
}
