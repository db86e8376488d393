using Volley.Inventory.Expressions;
using Volley.Interop;

namespace Volley.Inventory;

/// <summary>A filter: host patterns, regular expressions, conditions on attributes and groups, joined by the operators of <see cref="HostExpression"/>.</summary>
/// <remarks>
/// <c>web*</c> and <c>web[1-3]</c> match the whole host without regard to case. <c>/^web[0-9]+$/</c> is a POSIX extended regular expression, which
/// matches anywhere in the host. <c>rack=r1</c> and <c>rack=r[1-3]</c> match the value of an attribute, or one of its elements between
/// commas; <c>rack=*</c> matches every host that has the attribute. <c>@group</c> matches its members. <c>rack=r1&amp;role=web</c> keeps the hosts
/// that match both, <c>rack=r1,role=web</c> those that match either, and <c>*!rack=r1</c> all but those of the rack.
/// </remarks>
public sealed class HostFilter
{
    private readonly ExpressionSource _source;
    private readonly IReadOnlyList<Term> _terms;

    private HostFilter(ExpressionSource source, IReadOnlyList<Term> terms)
    {
        _source = source;
        _terms = terms;
        NeedsAttributes = HasAttributes(terms);
    }

    /// <summary>Whether the filter has a condition on an attribute, so that the sources have to be asked for those of named hosts.</summary>
    public bool NeedsAttributes { get; }

    /// <summary>Parses a filter. No source is consulted.</summary>
    /// <param name="text">The filter.</param>
    /// <exception cref="HostListException">The filter is invalid.</exception>
    public static HostFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var source = new ExpressionSource(text, null);
        return new(source, new ExpressionParser(source, isFilter: true).Parse());
    }

    /// <summary>Returns the hosts that match, in their order, duplicates included.</summary>
    /// <param name="hosts">The hosts to choose from.</param>
    /// <param name="sources">The sources of attributes and groups.</param>
    /// <param name="cancellationToken">Cancels lookups in sources.</param>
    /// <exception cref="HostListException">A group is unknown, or a regular expression is invalid.</exception>
    /// <exception cref="HostSourceException">A source that the filter names can't be read.</exception>
    public async ValueTask<IReadOnlyList<KnownHost>> SelectAsync(
        IReadOnlyList<KnownHost> hosts, HostSources sources, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        ArgumentNullException.ThrowIfNull(sources);
        if (NeedsAttributes)
            hosts = await sources.AddAttributesAsync(hosts, cancellationToken).ConfigureAwait(false);
        bool[] isKept = await MatchAsync(_terms, hosts, new HostLookup(sources, cancellationToken)).ConfigureAwait(false);
        return [.. hosts.Where((_, index) => isKept[index])];
    }

    private async ValueTask<bool[]> MatchAsync(IReadOnlyList<Term> terms, IReadOnlyList<KnownHost> hosts, HostLookup lookup)
    {
        bool[] result = new bool[hosts.Count];
        foreach ((char @operator, Operand operand) in terms)
        {
            bool[] right = await MatchAsync(operand, hosts, lookup).ConfigureAwait(false);
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = @operator switch
                {
                    ',' => result[i] || right[i],
                    '!' => result[i] && !right[i],
                    '&' => result[i] && right[i],
                    _ => result[i] != right[i],
                };
            }
        }
        return result;
    }

    private async ValueTask<bool[]> MatchAsync(Operand operand, IReadOnlyList<KnownHost> hosts, HostLookup lookup)
    {
        switch (operand)
        {
            case NestedOperand nested:
                return await MatchAsync(nested.Terms, hosts, lookup).ConfigureAwait(false);
            case PatternOperand pattern:
                var matcher = new HostMatcher(pattern.Pattern);
                return Test(hosts, host => matcher.IsMatch(host.Name.Host));
            case AttributeOperand attribute:
                return Test(hosts, host => host.Attributes.TryGetValue(attribute.Name, out string? value)
                    && (attribute.Value.IsMatch(value) || (value.Contains(',', StringComparison.Ordinal) && value.Split(',').Any(attribute.Value.IsMatch))));
            case RegexOperand regex:
                using (PosixRegex compiled = Compile(regex))
                    return Test(hosts, host => compiled.IsMatch(host.Name.Host));
            case GroupOperand { Group: not null } group:
                return IsIn(hosts, await lookup.ResolveAsync(group, _source).ConfigureAwait(false));
            case HostFileOperand { Path: not null } file:
                var evaluator = new Evaluator(_source, lookup, new HostFiles(HostInput.None), hosts);
                return IsIn(hosts, (await evaluator.EvaluateAsync([new(',', file)]).ConfigureAwait(false)).Hosts);
            default:
                throw _source.Error(operand.Start, "a filter takes no names of groups; write @group or @source:group");
        }
    }

    private static bool[] Test(IReadOnlyList<KnownHost> hosts, Predicate<KnownHost> isMatch)
    {
        bool[] results = new bool[hosts.Count];
        for (int i = 0; i < results.Length; i++)
            results[i] = isMatch(hosts[i]);
        return results;
    }

    private static bool[] IsIn(IReadOnlyList<KnownHost> hosts, IReadOnlyList<KnownHost> members)
    {
        MemberSet kept = MemberSet.CreateSet(hosts).Apply('!', MemberSet.CreateSet(members));
        var others = kept.Hosts.Select(host => host.Name).ToHashSet();
        return Test(hosts, host => !others.Contains(host.Name));
    }

    private PosixRegex Compile(RegexOperand regex)
    {
        try
        {
            return new PosixRegex(regex.Pattern);
        }
        catch (FormatException failure)
        {
            throw _source.Error(regex.Start, $"the regular expression is invalid: {failure.Message}; write a POSIX extended one");
        }
    }

    private static bool HasAttributes(IReadOnlyList<Term> terms) =>
        terms.Any(term => term.Operand is AttributeOperand || (term.Operand is NestedOperand nested && HasAttributes(nested.Terms)));
}
