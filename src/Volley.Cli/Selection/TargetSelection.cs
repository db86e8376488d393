using System.Collections.Immutable;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output;
using Volley.Inventory;

namespace Volley.Cli.Selection;

/// <summary>
/// Selects the targets of a run: those of <c>-H</c>, <c>-C</c> and <c>-a</c>, else the hosts of the cluster session; then <c>-x</c> and
/// <c>--filter</c>; then <c>--pick</c>, <c>--order</c> and <c>--limit</c>.
/// </summary>
/// <param name="options">The command line.</param>
/// <param name="sources">The sources of groups.</param>
/// <param name="environment">The environment and standard input.</param>
/// <param name="note">Receives each line for standard error.</param>
internal sealed class TargetSelection(RunOptions options, SourceAccess sources, ProgramEnvironment environment, Action<string> note)
{
    private const string ClusterHosts = "BACKENDAI_CLUSTER_HOSTS";

    private readonly HostOptions _hosts = options.Hosts;

    /// <summary>The steps of the selection, if they are to be explained.</summary>
    public List<SelectionStep>? Steps { get; init; }

    /// <summary>The sources of groups.</summary>
    public SourceAccess Sources => sources;

    /// <summary>Whether a filter by host names chooses some of the selected hosts again: no list was read from standard input, and no host is listed twice.</summary>
    public bool CanNarrowAgain { get; private set; }

    /// <summary>Returns whether the environment names hosts, which are used if no option does.</summary>
    public static bool IsInCluster(ProgramEnvironment environment) => !string.IsNullOrWhiteSpace(environment.Variable(ClusterHosts));

    /// <summary>Returns the selected targets.</summary>
    /// <exception cref="UsageException">A cluster is not configured.</exception>
    /// <exception cref="HostListException">A host expression is invalid.</exception>
    /// <exception cref="HostSourceException">A source that an expression names can't be read.</exception>
    /// <exception cref="EmptySelectionException">No host is left after exclude and filter.</exception>
    public async ValueTask<ImmutableArray<Target>> SelectAsync(CancellationToken cancellationToken = default)
    {
        var hosts = await NarrowAsync(await FindAsync(cancellationToken), cancellationToken);
        // A file or a variable that sends standard input to the hosts gives way to hosts that are read from it.
        if (Input.IsTaken)
            options.Job.Stdin.DropDefault();
        CanNarrowAgain = !Input.IsTaken && hosts.Select(host => host.Name.Host).Distinct(StringComparer.OrdinalIgnoreCase).Count() == hosts.Count;
        foreach (var warning in sources.Warnings)
            note(warning);
        if (hosts.Count > 0)
            return ToTargets(Record(DescribeChoice(options.Choice), new HostChoice(options.Choice, note).Choose(hosts)));
        throw new EmptySelectionException(
            _hosts.Exclude.IsGiven || _hosts.Filter.IsGiven ? "no host is left after --exclude and --filter" : "the host list is empty");
    }

    private static string DescribeChoice(ChoiceOptions choice) =>
        string.Join(" and ", new Option[] { choice.Pick, choice.Limit }.Where(option => option.IsGiven).Select(option => $"{option.Name} {option.Texts[0]}"));

    private HostInput Input => field ??= new HostInput(options.Job.Stdin.IsRequested ? null : environment.StandardInput);

    private async ValueTask<IReadOnlyList<KnownHost>> FindAsync(CancellationToken cancellationToken)
    {
        if (!_hosts.NameHosts)
            return await FindInSessionAsync(cancellationToken);
        var named = new List<(HostExpression Expression, string Option)>();
        named.AddRange(_hosts.Hosts.Values.Select(list => (HostExpression.Parse(list, _hosts.Hosts.ExpressionOrigin), $"-H {list}")));
        named.AddRange(_hosts.Cluster.Values.Select(name => (HostExpression.Parse($"@cluster:{name}", _hosts.Cluster.ExpressionOrigin), $"-C {name}")));
        foreach (var name in _hosts.Cluster.Values)
            CheckCluster(name);
        if (_hosts.All.IsGiven)
            named.Add((HostExpression.Parse("@*", _hosts.All.ExpressionOrigin), _hosts.All.Letter!));
        var options = named.ToDictionary(pair => pair.Expression, pair => pair.Option);
        return await HostExpression.EvaluateAllAsync(
            options.Keys, sources.Get(options.Keys), Input, (expression, hosts) => Take(options[expression], hosts), cancellationToken);
    }

    private void CheckCluster(string name)
    {
        var clusters = sources.Configuration.Clusters;
        if (clusters.Count == 0)
            throw Error($"no cluster is configured; add it to the configuration file: clusters: {{{name}: {{nodes: ['node[1-8]']}}}}");
        if (clusters.ContainsKey(name) || name.AsSpan().ContainsAny('*', '?'))
            return;
        const int MaxShown = 12;
        var names = clusters.Keys.Order(StringComparer.Ordinal).ToArray();
        var all = $"the clusters are {string.Join(", ", names.Take(MaxShown))}{(names.Length > MaxShown ? ", ..." : "")}";
        throw Error($"there is no such cluster; {(Spelling.FindClosest(name, names) is { } similar ? $"did you mean '{similar}'? " : "")}{all}");

        UsageException Error(string message) => _hosts.Cluster.Error($"{_hosts.Cluster.WrittenName} {name}: {message}");
    }

    private void Take(string option, IReadOnlyList<KnownHost> hosts)
    {
        Steps?.Add(new(option, hosts, Narrows: false));
        // The default source depends on what this machine has, so a run shows it.
        if (option == _hosts.All.Letter && hosts is [{ Origin: { } origin }, ..])
            NoteCount(hosts.Count, $"the source '{origin.Source}'");
    }

    private async ValueTask<IReadOnlyList<KnownHost>> FindInSessionAsync(CancellationToken cancellationToken)
    {
        var expression = HostExpression.Parse(environment.Variable(ClusterHosts)!, ClusterHosts);
        var hosts = await expression.EvaluateAsync(sources.Get(expression), cancellationToken: cancellationToken);
        Steps?.Add(new(ClusterHosts, hosts, Narrows: false));
        NoteCount(hosts.Count, ClusterHosts);
        return hosts;
    }

    private void NoteCount(int count, string origin) =>
        note($"volley: {NumberText.Count(count, "host")} from {origin}");

    private async ValueTask<IReadOnlyList<KnownHost>> NarrowAsync(IReadOnlyList<KnownHost> hosts, CancellationToken cancellationToken)
    {
        var excluded = hosts;
        var isLeft = new bool[hosts.Count];
        Array.Fill(isLeft, true);
        foreach (var list in _hosts.Exclude.Values)
        {
            var expression = HostExpression.Parse(list, _hosts.Exclude.ExpressionOrigin);
            // An item is unused if it excludes none of the hosts that were named, so two options may exclude the same host.
            var all = await expression.ExcludeFromAsync(hosts, sources.Get(expression), Input, cancellationToken);
            foreach (var item in all.Unused)
                note($"volley: warning: -x {item} excludes no host");
            var remains = new bool[hosts.Count];
            foreach (var index in all.Remaining)
                remains[index] = isLeft[index];
            isLeft = remains;
            excluded = Record($"-x {list}", [.. hosts.Where((_, index) => remains[index])]);
        }

        if (_hosts.Filter.Value is not { } pattern)
            return excluded;
        var filter = HostFilter.Parse(pattern, _hosts.Filter.ExpressionOrigin);
        return Record($"--filter {pattern}", await filter.SelectAsync(excluded, sources.Get(filter.NeedsSources), cancellationToken));
    }

    private IReadOnlyList<KnownHost> Record(string option, IReadOnlyList<KnownHost> hosts)
    {
        Steps?.Add(new(option, hosts, Narrows: true));
        return hosts;
    }

    private ImmutableArray<Target> ToTargets(IReadOnlyList<KnownHost> hosts)
    {
        var targets = HostList.Create(hosts.Select(GetLogin)).ToTargets();
        if (hosts.All(host => host.Origin is null && host.Attributes.Count == 0))
            return targets;
        return [.. targets.Select((target, index) => AddDetails(target, hosts[index]))];
    }

    /// <summary>Returns the name without a user and a port that a source states and an option overrides.</summary>
    private Target GetLogin(KnownHost host) => host.SourceUser is null && host.SourcePort is null
        ? host.Name
        : host.Name with
        {
            User = _hosts.User.PrecedesClusters && host.SourceUser == host.Name.User ? null : host.Name.User,
            Port = _hosts.Port.PrecedesClusters && host.SourcePort == host.Name.Port ? null : host.Name.Port,
        };

    private Target AddDetails(Target target, KnownHost host) => target with
    {
        Address = host.Address,
        ProxyJump = _hosts.Jump.PrecedesClusters ? null : host.Jump is "" ? "none" : host.Jump,
        IdentityFile = _hosts.Identity.PrecedesClusters ? null : host.Identity,
        Attributes = host.Attributes,
    };
}

/// <summary>The exception for an empty selection of hosts. The command line is valid, and nothing was done.</summary>
internal sealed class EmptySelectionException(string message) : Exception(message);
