using Volley.Inventory.Expressions;
using Volley.Interop;

namespace Volley.Inventory;

/// <summary>
/// A filter: host patterns, regular expressions, conditions on attributes and groups, joined by the operators of <see cref="HostExpression"/>.
/// </summary>
/// <remarks>
/// <c>web*</c> and <c>web[1-3]</c> match the whole host without regard to case. <c>/^web[0-9]+$/</c> is a POSIX extended regular expression, which
/// matches anywhere in the host. <c>rack=r1</c> and <c>rack=r[1-3]</c> match the value of an attribute, or one of its elements between
/// commas; <c>rack=*</c> matches every host that has the attribute. <c>@group</c> matches its members. <c>*!rack=r1</c> keeps all but those of the rack.
/// Conditions that commas join are one operand, as in a label selector: a host must match every attribute, and values of the same attribute are
/// alternatives. <c>rack=r1,rack=r2,role=web</c> keeps the web servers of both racks, <c>(rack=r1),(role=web)</c> the hosts that match either. A value
/// in quotes can have any characters: <c>role='web server'</c>. Attributes are those of <see cref="HostSources.AddAttributesAsync"/>.
/// </remarks>
public sealed class HostFilter
{
    private readonly ExpressionSource _source;
    private readonly IReadOnlyList<Term> _terms;
    private readonly bool _needsAttributes;

    private HostFilter(ExpressionSource source, IReadOnlyList<Term> terms)
    {
        _source = source;
        _terms = terms;
        NeedsSources = terms.Contain(operand => operand is AttributeOperand or GroupOperand or HostFileOperand);
        _needsAttributes = terms.Contain(operand => operand is AttributeOperand);
    }

    /// <summary>Whether the filter has a condition on an attribute, a group or a file, so that sources may be consulted.</summary>
    public bool NeedsSources { get; }

    /// <summary>Parses a filter. No source is consulted.</summary>
    /// <param name="text">The filter.</param>
    /// <param name="origin">The file and line that the text comes from, for errors, or null for an option of the command line.</param>
    /// <exception cref="HostListException">The filter is invalid.</exception>
    public static HostFilter Parse(string text, string? origin = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var source = new ExpressionSource(text, origin);
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
        if (_needsAttributes)
            hosts = await sources.AddAttributesAsync(hosts, cancellationToken).ConfigureAwait(false);
        bool[] isKept = await MatchAsync(_terms, hosts, new HostLookup(sources, cancellationToken)).ConfigureAwait(false);
        return [.. hosts.Where((_, index) => isKept[index])];
    }

    private async ValueTask<bool[]> MatchAsync(IReadOnlyList<Term> terms, IReadOnlyList<KnownHost> hosts, HostLookup lookup)
    {
        bool[] result = new bool[hosts.Count];
        for (int next = 0; next < terms.Count;)
        {
            (char @operator, Operand operand) = terms[next];
            List<AttributeOperand> conditions = TakeConditions(terms, ref next);
            bool[] right = conditions.Count > 1
                ? MatchAll(conditions, hosts)
                : await MatchAsync(operand, hosts, lookup).ConfigureAwait(false);
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
                return Test(hosts, host => IsMatch(attribute, host));
            case RegexOperand regex:
                using (PosixRegex compiled = Compile(regex))
                    return Test(hosts, host => compiled.IsMatch(host.Name.Host));
            case GroupOperand { Group: not null } group:
                return IsIn(hosts, await lookup.ResolveAsync(group, _source).ConfigureAwait(false));
            case HostFileOperand { Path: not null } file:
                var evaluator = new Evaluator(_source, lookup, new HostFiles(HostInput.None), () => hosts);
                return IsIn(hosts, (await evaluator.EvaluateAsync([new(',', file)]).ConfigureAwait(false)).Hosts);
            default:
                throw _source.Error(operand.Start, "a filter takes no names of groups; write @group or @source:group");
        }
    }

    /// <summary>Passes over a term, and returns it with the conditions that follow after commas; nothing if it is no condition.</summary>
    private static List<AttributeOperand> TakeConditions(IReadOnlyList<Term> terms, ref int next)
    {
        var conditions = new List<AttributeOperand>();
        if (terms[next++].Operand is not AttributeOperand first)
            return conditions;
        conditions.Add(first);
        while (next < terms.Count && terms[next] is { Operator: ',', Operand: AttributeOperand condition })
        {
            conditions.Add(condition);
            next++;
        }
        return conditions;
    }

    private static bool[] MatchAll(List<AttributeOperand> conditions, IReadOnlyList<KnownHost> hosts)
    {
        AttributeOperand[][] byName = [.. conditions.GroupBy(condition => condition.Name).Select(values => values.ToArray())];
        return Test(hosts, host => Array.TrueForAll(byName, values => Array.Exists(values, value => IsMatch(value, host))));
    }

    private static bool IsMatch(AttributeOperand condition, KnownHost host) => host.Attributes.TryGetValue(condition.Name, out string? value)
        && (condition.Value.IsMatch(value) || (value.Contains(',', StringComparison.Ordinal) && value.Split(',').Any(condition.Value.IsMatch)));

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
}
