using System.Globalization;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Inventory.Ansible;
using Volley.Inventory.ClusterShell;
using Volley.Inventory.Expressions;
using Volley.Inventory.Sources;
using Volley.Ssh;

namespace Volley.Inventory;

/// <summary>The sources that Volley finds by itself, each of which can be switched off.</summary>
public sealed record StandardSources
{
    private const string Cluster = "cluster", ClusterShell = "clustershell", Genders = "genders", Dsh = "dsh", Ansible = "ansible",
        Slurm = "slurm", SlurmState = "slurmstate", SlurmFeature = "slurmfeature", SlurmJob = "slurmjob", Ssh = "ssh", BackendAi = "backendai", NetGroup = "netgroup";

    /// <summary>The kinds of sources, in the order in which a group is looked up unless the configuration states another one.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Cluster, ClusterShell, Genders, Dsh, Ansible, Slurm, Ssh, BackendAi, NetGroup];

    /// <summary>The kind of the Ansible inventories.</summary>
    public static string AnsibleKind => Ansible;

    // No inventory has the name of another source.
    private static readonly string[] SourceNames = [.. Kinds, SlurmState, SlurmFeature, SlurmJob];

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
            Configuration.DefaultSource)
        {
            DefaultSourcePlace = Configuration.Places.TryGetValue("groups.default_source", out FilePlace place) ? place : null,
        };
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

    /// <summary>Finds Ansible inventories. Names do not depend on the command line, whose inventories are named after their files.</summary>
    private IEnumerable<IHostSource> FindInventories()
    {
        string[] found = Variable("ANSIBLE_INVENTORY") is { Length: > 0 } paths
            ? paths.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : ["/etc/ansible/hosts"];
        var names = new HashSet<string>(SourceNames);
        ConfiguredInventory[] inventories =
        [
            .. Configuration.Inventories,
            .. found.Where(path => SystemFile.Exists(path) || SystemFile.DirectoryExists(path)).Select(path => new ConfiguredInventory(path, default)),
            .. Inventories.Select(path => new ConfiguredInventory(path, default)),
        ];
        AnsibleSource[] sources = [.. inventories.Select((inventory, index) => new AnsibleSource(
            index == 0 && inventories.Length > Inventories.Count ? Ansible : GetName(inventory.Path),
            inventory.Path,
            runsPrograms: index < Configuration.Inventories.Count || index >= inventories.Length - Inventories.Count)
        {
            Place = inventory.Place,
        })];
        return [.. sources[^Inventories.Count..], .. sources[..^Inventories.Count]];

        string GetName(string path)
        {
            string stem = Path.GetFileNameWithoutExtension(path.TrimEnd('/'));
            if (!GroupName.IsSource(stem))
                stem = Ansible;
            string name = stem;
            for (int number = 2; !names.Add(name); number++)
                name = string.Create(CultureInfo.InvariantCulture, $"{stem}{number}");
            return name;
        }
    }

    private IEnumerable<IHostSource> FindSlurm()
    {
        if (Find("sinfo") is { } sinfo)
        {
            var nodes = new SlurmNodes(sinfo);
            yield return new SlurmSource(Slurm, nodes, node => node.Partitions);
            yield return new SlurmSource(SlurmState, nodes, node => [node.State]);
            yield return new SlurmSource(SlurmFeature, nodes, node => node.Features);
        }
        if (Find("squeue") is { } squeue)
            yield return new SlurmJobSource(squeue);

        // A search of all sources runs no program of the current directory.
        string? Find(string name) => ProgramPath.FindAll(name, Variable("PATH")).FirstOrDefault(Path.IsPathRooted);
    }
}
