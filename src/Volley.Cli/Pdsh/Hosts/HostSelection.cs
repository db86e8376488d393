using System.Collections.Immutable;
using System.Globalization;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>
/// Selects the hosts: those of <c>-w</c> and of groups; without either, those of WCOLL or the current Slurm job. Exclusions and patterns
/// then remove hosts from the list.
/// </summary>
internal sealed class HostSelection(PdshArguments arguments, PdshContext context)
{
    public const string NoHosts = "no remote hosts specified";

    private readonly List<PdshHost> _hosts = [];
    private readonly HashSet<string> _excluded = [];
    private readonly List<(PosixRegex Pattern, bool Keeps)> _patterns = [];
    private TextReader? _standardInput;
    private bool _hasNames;

    /// <exception cref="PdshException">An item is invalid, or no host is left.</exception>
    public async Task<ImmutableArray<PdshHost>> SelectAsync()
    {
        foreach (var item in arguments.Targets.SelectMany(HostItems.Split))
            AddItem(item);
        // As in pdsh, groups do not stand in for a list that turns out to be empty.
        if (_hasNames && _hosts.Count == 0)
            throw context.Error(NoHosts);
        foreach (var item in arguments.Excluded.SelectMany(HostItems.Split))
            Exclude(item);
        var groups = new HostGroups(arguments, context);
        var areNamed = await AddGroupsAsync(groups);
        var hosts = groups.Filter(_hosts, areNamed).Where(IsLeft).ToImmutableArray();
        // Exclusions and patterns compare names with the brackets that are not expanded yet.
        hosts = [.. hosts.SelectMany(host => HostRange.ExpandAll(host.Name, context).Select(name => host with { Name = name })).Take(HostList.MaxNames + 1)];
        foreach (var (pattern, _) in _patterns)
            pattern.Dispose();
        hosts = await WithFeatureAsync(hosts);
        if (hosts.Length > HostList.MaxNames)
            throw context.Error(string.Create(CultureInfo.InvariantCulture, $"more than {HostList.MaxNames} hosts"));
        return hosts.IsEmpty ? throw context.Error(NoHosts) : groups.Translate(hosts, areNamed);
    }

    /// <summary>Adds the hosts of groups. Returns true if hosts were named without a group.</summary>
    private async Task<bool> AddGroupsAsync(HostGroups groups)
    {
        if (_hosts.Count > 0)
        {
            _hosts.AddRange((await groups.HostsAsync(areNamed: true) ?? []).ExceptBy(_hosts.Select(host => host.Name).ToHashSet(), host => host.Name));
            return true;
        }

        if (await groups.HostsAsync(areNamed: false) is { } members)
        {
            _hosts.AddRange(members);
            return false;
        }

        _hosts.AddRange(Wcoll());
        if (_hosts.Count > 0)
            return true;
        _hosts.AddRange(await groups.OwnJobAsync());
        return false;
    }

    private async Task<ImmutableArray<PdshHost>> WithFeatureAsync(ImmutableArray<PdshHost> hosts)
    {
        if (arguments.Features.Count == 0 || hosts.IsEmpty)
            return hosts;
        var nodes = await SlurmNodes.WithFeatureAsync(arguments.Features, context);
        return [.. hosts.Where(host => nodes.Contains(host.Name))];
    }

    private bool IsLeft(PdshHost host) =>
        !_excluded.Contains(host.Name) && _patterns.TrueForAll(rule => rule.Pattern.IsMatch(host.Name) == rule.Keeps);

    private void AddItem(string item)
    {
        _hasNames |= item is not ['-', _, ..] and not ['/', ..];
        switch (item)
        {
            case "-":
                _standardInput ??= new SystemTextReader(context.OpenStandardInput());
                _hosts.AddRange(new HostFileReader(context).Read(_standardInput).Select(name => new PdshHost(name)));
                break;
            case ['-', .. var left]:
                Exclude(left);
                break;
            case ['^', .. var path]:
                _hosts.AddRange(new HostFileReader(context).Read(path).Select(name => new PdshHost(name)));
                break;
            case ['/', .. var pattern]:
                AddPattern(pattern, keeps: true);
                break;
            default:
                _hosts.AddRange(HostSpec.Parse(item, context));
                break;
        }
    }

    private void Exclude(string item)
    {
        switch (item)
        {
            case ['^', .. var path]:
                _excluded.UnionWith(new HostFileReader(context).Read(path));
                break;
            case ['/', .. var pattern]:
                AddPattern(pattern, keeps: false);
                break;
            default:
                _excluded.UnionWith(HostItems.Names(item).SelectMany(name => HostRange.Expand(name, context)));
                break;
        }
    }

    private void AddPattern(string pattern, bool keeps)
    {
        var text = pattern.EndsWith('/') ? pattern[..^1] : pattern;
        try
        {
            _patterns.Add((new PosixRegex(text), keeps));
        }
        catch (FormatException wrong)
        {
            throw new PdshException(context.Prefix($"Error matching pattern \"{text}\": {wrong.Message}"), context.Prefix("Fatal error"));
        }
    }

    private IEnumerable<PdshHost> Wcoll() => context.Variable("WCOLL") is { } path
        ? new HostFileReader(context).Read(path).Select(name => new PdshHost(name))
        : [];
}
