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
        Slurm = "slurm", SlurmState = "slurmstate", SlurmFeature = "slurmfeature", SlurmJob = "slurmjob", Ssh = "ssh", BackendAi = "backendai",
        NetGroup = "netgroup";
    private const string NodeProgram = "sinfo", JobProgram = "squeue";

    private static readonly string[] SlurmNames = [Slurm, SlurmState, SlurmFeature, SlurmJob];

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

    /// <summary>Returns a source of other hosts, such as the results of earlier runs, by its name, or null for an unknown name. It is asked first.</summary>
    public Func<string, IHostSource?>? FindNamed { get; init; }

    /// <summary>The clock of ClusterShell's cache_time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Creates the sources. None of them is read yet.</summary>
    public HostSources Create()
    {
        IEnumerable<string> order = Configuration.SourceOrder is { } stated ? stated.Concat(Kinds).Distinct() : Kinds;
        return new(order.Select(CreateFinder), Configuration.DefaultSource)
        {
            DefaultSourcePlace = Configuration.Places.TryGetValue("groups.default_source", out FilePlace place) ? place : null,
            FindNamed = FindNamed,
        };
    }

    private HostSourceFinder CreateFinder(string kind)
    {
        if (Disabled.Contains(kind) || Configuration.DisabledSources.Contains(kind))
            return new(kind, _ => ValueTask.FromResult(new FoundSources([], null) { IsDisabled = true, Missing = Explain(kind, DescribeDisabled(kind)) }));
        if (kind == ClusterShell)
            return new(kind, cancellationToken => new ClusterShellFinder(Variable, Time).FindAsync(cancellationToken));
        return new(kind, _ =>
        {
            IHostSource[] sources = [.. FindSources(kind)];
            return ValueTask.FromResult(new FoundSources(sources, null)
            {
                Missing = Explain(kind, DescribeMissing(kind), sources),
            });
        });
    }

    /// <summary>Returns the names of a kind that are not among the sources, with the reason.</summary>
    private static Dictionary<string, string> Explain(string kind, Func<string, string> reason, params IHostSource[] sources) =>
        (kind == Slurm ? SlurmNames : [kind]).Where(name => !Array.Exists(sources, source => source.Name == name)).ToDictionary(name => name, reason);

    private Func<string, string> DescribeDisabled(string kind) => _ =>
        !Disabled.Contains(kind) && Configuration.Places.TryGetValue("groups.disabled", out FilePlace place)
            ? $"it is switched off in {place} (groups: disabled); remove '{kind}' there to use it"
            : "it is switched off";

    private Func<string, string> DescribeMissing(string kind) => name => kind switch
    {
        Cluster => "no cluster is configured; add one to the configuration file: clusters: {NAME: {nodes: ['node[1-8]']}}",
        Genders => $"there is no file {GendersFile.FindPath(Variable)}; create it, or name another one with PDSH_GENDERS_FILE",
        Dsh => $"there is no directory {string.Join(" or ", DshFileReader.FindDirectories(Variable))}; create it",
        Ansible => "there is no inventory; name one with --inventory, or with 'inventories' in the configuration file",
        Slurm => $"{(name == SlurmJob ? JobProgram : NodeProgram)} is not on PATH; install Slurm's commands, or add their directory to PATH",
        BackendAi => $"{BackendAiSource.Variable} is not set; it lists the hosts within a session",
        _ => "it is not supported on this system",
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
        if (Find(NodeProgram) is { } sinfo)
        {
            var nodes = new SlurmNodes(sinfo);
            yield return new SlurmSource(Slurm, nodes, node => node.Partitions);
            yield return new SlurmSource(SlurmState, nodes, node => [node.State]);
            yield return new SlurmSource(SlurmFeature, nodes, node => node.Features);
        }
        if (Find(JobProgram) is { } squeue)
            yield return new SlurmJobSource(SlurmJob, squeue);

        // A search of all sources runs no program of the current directory.
        string? Find(string name) => ProgramPath.FindAll(name, Variable("PATH")).FirstOrDefault(Path.IsPathRooted);
    }
}
