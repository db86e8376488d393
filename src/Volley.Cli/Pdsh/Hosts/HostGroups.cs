using System.Collections.Immutable;
using Volley.Cli.Pdsh.Genders;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>Hosts selected by groups: genders, dsh groups, netgroups and Slurm. Groups are sorted and without duplicates.</summary>
internal sealed class HostGroups(PdshArguments arguments, PdshContext context)
{
    private readonly string _provider = Modules.GroupProvider(arguments, context);
    private GendersNodes? _genders;

    private GendersNodes Genders => _genders ??= GendersNodes.Read(arguments, context);

    /// <summary>Returns the hosts that the group options select; null if no such option is given.</summary>
    /// <param name="areNamed">Whether hosts were also named; then <c>-g</c> of genders adds none, since it narrows the list.</param>
    public async Task<IEnumerable<PdshHost>?> HostsAsync(bool areNamed)
    {
        var members = areNamed && Narrows ? null : Members();
        var names = arguments.Slurm.Count == 0
            ? members
            : [.. (await SlurmNodes.FindAsync(arguments.Slurm, context)).Distinct().OrderBy(NumberedName.Parse), .. members ?? []];
        return names?.Distinct().Select(name => new PdshHost(name));
    }

    /// <summary>Returns the hosts of the Slurm job that contains this process (SLURM_JOBID); empty if Slurm does not know the job.</summary>
    public async Task<IEnumerable<PdshHost>> OwnJobAsync()
    {
        if (context.Variable("SLURM_JOBID") is not { Length: > 0 } job)
            return [];
        try
        {
            return (await SlurmNodes.FindAsync([('j', job)], context)).Distinct().OrderBy(NumberedName.Parse).Select(name => new PdshHost(name));
        }
        catch (PdshException)
        {
            return [];
        }
    }

    /// <summary>Whether <c>-g</c> narrows the list of named hosts, as it does with genders, instead of adding to it.</summary>
    public bool Narrows => _provider == Modules.Genders;

    /// <summary>
    /// Removes the hosts of <c>-X</c> and, for <c>-a</c>, those to be skipped, even if they are named. If hosts were named, keeps only those
    /// that genders' <c>-g</c> finds, sorted and without duplicates.
    /// </summary>
    public IEnumerable<PdshHost> Filter(IEnumerable<PdshHost> hosts, bool areNamed)
    {
        if (areNamed && arguments.Groups is { } groups && Narrows)
        {
            var kept = Genders.Names(groups);
            hosts = hosts.Where(host => kept.Contains(host.Name)).DistinctBy(host => host.Name).OrderBy(host => NumberedName.Parse(host.Name));
        }

        if (arguments.All == AllHosts.ButSkipped)
        {
            var skipped = Genders.Names(GendersNodes.SkipAttribute);
            hosts = hosts.Where(host => !skipped.Contains(host.Name));
        }

        if (arguments.ExcludedGroups is { } excluded)
        {
            var left = Narrows ? Genders.Names(excluded) : [.. GetMembers(excluded)];
            hosts = hosts.Where(host => !left.Contains(host.Name));
        }

        return hosts;
    }

    /// <summary>Applies the genders file to the hosts: their other names if <c>-i</c> requests them, and their rcmd types.</summary>
    public ImmutableArray<PdshHost> Translate(ImmutableArray<PdshHost> hosts, bool areNamed)
    {
        if (arguments.GendersFile is null && !arguments.TranslatesNames && !SystemFile.Exists(GendersNodes.GetPath(arguments, context)))
            return hosts;
        // Hosts of a group are compared with -w, -x and -X by their canonical names, and get their other names only here.
        var translates = areNamed
            ? arguments.TranslatesNames
            : !arguments.TranslatesNames && Narrows && (arguments.All != AllHosts.None || arguments.Groups is not null);
        return [.. hosts.Select(host => WithRcmdType(translates ? host with { Name = Genders.OtherName(host.Name) } : host))];
    }

    private PdshHost WithRcmdType(PdshHost host)
    {
        if (host.RcmdType is not null || Genders.GetRcmdType(host.Name) is not { } type)
            return host;
        if (Rcmd.IsKnown(type, context.Verb))
            return host with { RcmdType = type };
        context.Warn($"No such rcmd module \"{type}\"");
        return host;
    }

    private List<string>? Members()
    {
        if (arguments.All != AllHosts.None)
            return [.. Genders.Nodes];
        if (arguments.Groups is not { } groups)
            return null;
        return Narrows ? Genders.Find(groups) : [.. GetMembers(groups).Distinct().OrderBy(NumberedName.Parse)];
    }

    private IEnumerable<string> GetMembers(string groups)
    {
        var names = groups.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return names.SelectMany(name => _provider == Modules.NetGroup ? NetGroup.Hosts(name) : new HostFileReader(context).ReadGroup(name));
    }
}
