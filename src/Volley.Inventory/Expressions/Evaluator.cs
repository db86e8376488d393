using System.Globalization;

namespace Volley.Inventory.Expressions;

/// <summary>Evaluates a parsed expression from left to right.</summary>
/// <param name="source">The text, for errors.</param>
/// <param name="lookup">Consults the sources of groups.</param>
/// <param name="files">Reads host files and standard input, or null if the expression may not read them.</param>
/// <param name="known">Returns the hosts that wildcards are matched against; null for the hosts of the sources.</param>
internal sealed class Evaluator(ExpressionSource source, HostLookup lookup, HostFiles? files, Func<IReadOnlyList<KnownHost>>? known)
{
    public async ValueTask<MemberSet> EvaluateAsync(IReadOnlyList<Term> terms)
    {
        MemberSet result = MemberSet.Empty;
        foreach ((char @operator, Operand operand) in terms)
        {
            // Of a difference and an intersection only hosts on the left can be affected, so no source needs to know them.
            MemberSet left = result;
            MemberSet right = @operator is '!' or '&'
                ? await new Evaluator(source, lookup, files, () => left.Hosts) { IsPartial = true }.EvaluateAsync(operand).ConfigureAwait(false)
                : await EvaluateAsync(operand).ConfigureAwait(false);
            result = left.Apply(@operator, right);
            if (result.Count > HostList.MaxNames)
                throw TooManyNames(source, operand.Start);
        }
        return result;
    }

    public static HostListException TooManyNames(ExpressionSource source, int position) => source.Error(
        position, string.Create(CultureInfo.InvariantCulture, $"more than {HostList.MaxNames:N0} names; write a smaller range or run in parts"));

    /// <summary>Whether the operand narrows another one, so that wildcards that match no host are no error.</summary>
    public bool IsPartial { get; init; }

    private async ValueTask<MemberSet> EvaluateAsync(Operand operand) => operand switch
    {
        NamedHosts named => MemberSet.CreateList(named.Hosts),
        NestedOperand nested => await EvaluateAsync(nested.Terms).ConfigureAwait(false),
        GroupOperand { Group: null } names => MemberSet.CreateSet(await lookup.GetGroupNamesAsync(names, source).ConfigureAwait(false)),
        GroupOperand group => WithUser(group.User, await lookup.ResolveAsync(group, source).ConfigureAwait(false)),
        WildcardHosts wildcards => await MatchAsync(wildcards).ConfigureAwait(false),
        HostFileOperand file => await ReadAsync(file).ConfigureAwait(false),
        _ => throw new InvalidOperationException($"{operand.GetType().Name} is an operand of filters only"),
    };

    private static MemberSet WithUser(string? user, IReadOnlyList<KnownHost> hosts) =>
        MemberSet.CreateSet(user is null ? hosts : hosts.Select(host => host with { Name = host.Name with { User = user }, SourceUser = null }));

    private async ValueTask<MemberSet> MatchAsync(WildcardHosts wildcards)
    {
        if (known is not null)
        {
            KnownHost[] found = [.. HostPatterns.Select(known(), wildcards.Pattern)
                .Where(host => MemberSet.Matches(wildcards.User, wildcards.Port, host.Name))];
            return found.Length > 0 || IsPartial ? MemberSet.CreateSet(found) : throw NoMatch(wildcards, "the hosts of this run");
        }
        IReadOnlyList<KnownHost> all = await lookup.GetKnownHostsAsync(wildcards.Start, source).ConfigureAwait(false);
        KnownHost[] matching = [.. HostPatterns.Select(all, wildcards.Pattern).Select(host => host with
        {
            Name = host.Name with { User = wildcards.User ?? host.Name.User, Port = wildcards.Port ?? host.Name.Port },
            SourceUser = wildcards.User is null ? host.SourceUser : null,
            SourcePort = wildcards.Port is null ? host.SourcePort : null,
        })];
        return matching.Length > 0 ? MemberSet.CreateSet(matching) : throw NoMatch(wildcards, "the known hosts (@*)");
    }

    private HostListException NoMatch(WildcardHosts wildcards, string hosts) =>
        source.Error(wildcards.Start, $"'{wildcards.Pattern}' matches none of {hosts}; correct the pattern, or name the hosts");

    private async ValueTask<MemberSet> ReadAsync(HostFileOperand file)
    {
        if (files is null)
            throw source.Error(file.Start, "a definition of a group can't read a file or standard input; name the hosts or groups");
        var parts = new List<MemberSet>();
        int count = 0;
        foreach (HostExpression lines in files.Read(file, source))
        {
            MemberSet members = await lines.EvaluateCoreAsync(lookup, files: null, known, IsPartial).ConfigureAwait(false);
            parts.Add(members);
            count += members.Count;
            if (count > HostList.MaxNames)
                throw TooManyNames(source, file.Start);
        }
        return MemberSet.Join(parts);
    }
}
