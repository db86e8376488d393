using Volley.Inventory.Expressions;

namespace Volley.Inventory;

/// <summary>A host expression: names with ranges, groups, files and wildcards, joined by set operators.</summary>
/// <remarks>
/// The operators have the same precedence and associate to the left: <c>,</c> union, <c>!</c> difference, <c>&amp;</c> intersection and
/// <c>^</c> symmetric difference; parentheses group. A comma between names keeps duplicates, as <see cref="HostList.Parse"/> does; with a group, a
/// wildcard or another operator the result is a set, in the order of its first occurrences. Host, user and port identify a member, and an operand
/// without user or port matches any.
/// <c>@group</c>, <c>@source:group</c> and <c>@*</c> are groups, <c>user@@group</c> is a group with a user, and <c>@@source</c> stands for the names of
/// all groups. <c>^FILE</c> reads a host file and <c>-</c> standard input. <c>*</c> and <c>?</c> match the known hosts.
/// </remarks>
/// <example>
/// <code>
/// HostExpression expression = HostExpression.Parse("@web!web[1-3]");
/// foreach (KnownHost host in await expression.EvaluateAsync(sources))
///     Console.WriteLine(host);
/// </code>
/// </example>
public sealed class HostExpression
{
    private readonly ExpressionSource _source;
    private readonly IReadOnlyList<Term> _terms;

    private HostExpression(ExpressionSource source, IReadOnlyList<Term> terms)
    {
        _source = source;
        _terms = terms;
    }

    /// <summary>The text of the expression.</summary>
    public string Text => _source.Text;

    /// <summary>Whether the expression only lists names, so that evaluating it reads no file and consults no source.</summary>
    public bool IsList => _terms is [{ Operand: NamedHosts }];

    /// <summary>Whether an operand is a host file or standard input.</summary>
    internal bool ReadsFiles => _terms.Contain(operand => operand is HostFileOperand);

    /// <summary>Whether an operand states a user.</summary>
    internal bool StatesUser => _terms.Contain(operand => operand is GroupOperand { User: not null } or WildcardHosts { User: not null }
        || (operand is NamedHosts { Hosts: var hosts } && hosts.Any(host => host.User is not null)));

    /// <summary>Whether an operand states a port.</summary>
    internal bool StatesPort => _terms.Contain(operand => operand is WildcardHosts { Port: not null }
        || (operand is NamedHosts { Hosts: var hosts } && hosts.Any(host => host.Port is not null)));

    /// <summary>Parses an expression. No file is opened, and no source is consulted.</summary>
    /// <param name="text">The expression, of at least one item.</param>
    /// <param name="origin">The file and line that the text comes from, for errors, or null for an option of the command line.</param>
    /// <exception cref="HostListException">The expression is invalid.</exception>
    public static HostExpression Parse(string text, string? origin = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var source = new ExpressionSource(text, origin);
        return new(source, new ExpressionParser(source, isFilter: false).Parse());
    }

    /// <summary>Evaluates the expression.</summary>
    /// <param name="sources">The sources of groups and of known hosts. They are consulted only if the expression needs them.</param>
    /// <param name="input">Standard input for the item <c>-</c>, or null if there is none.</param>
    /// <param name="known">The hosts that wildcards are matched against, as in a list of hosts to exclude; null for the hosts of the sources.</param>
    /// <param name="cancellationToken">Cancels lookups in sources.</param>
    /// <exception cref="HostListException">A file can't be read, a group is unknown or empty, or the result has more than
    /// <see cref="HostList.MaxNames"/> names.</exception>
    /// <exception cref="HostSourceException">A source that the expression names can't be read.</exception>
    public async ValueTask<IReadOnlyList<KnownHost>> EvaluateAsync(
        HostSources sources, HostInput? input = null, IReadOnlyList<KnownHost>? known = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        MemberSet result = await EvaluateCoreAsync(
            new HostLookup(sources, cancellationToken), new HostFiles(input ?? HostInput.None), known is null ? null : () => known).ConfigureAwait(false);
        return result.Hosts;
    }

    /// <summary>Evaluates several expressions, as if commas joined them.</summary>
    /// <param name="expressions">The expressions.</param>
    /// <param name="sources">The sources of groups and of known hosts. They are consulted only if an expression needs them.</param>
    /// <param name="input">Standard input for the item <c>-</c>, or null if there is none.</param>
    /// <param name="onEvaluated">Receives the hosts of each expression by itself, or null.</param>
    /// <param name="cancellationToken">Cancels lookups in sources.</param>
    /// <exception cref="HostListException">A file can't be read, a group is unknown or empty, or the result has more than
    /// <see cref="HostList.MaxNames"/> names.</exception>
    /// <exception cref="HostSourceException">A source that an expression names can't be read.</exception>
    public static async ValueTask<IReadOnlyList<KnownHost>> EvaluateAllAsync(
        IEnumerable<HostExpression> expressions,
        HostSources sources,
        HostInput? input = null,
        Action<HostExpression, IReadOnlyList<KnownHost>>? onEvaluated = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        ArgumentNullException.ThrowIfNull(sources);
        MemberSet result = await EvaluateAllCoreAsync(
            expressions, sources, input, (expression, members) => onEvaluated?.Invoke(expression, members.Hosts), cancellationToken).ConfigureAwait(false);
        return result.Hosts;
    }

    /// <summary>Excludes the hosts of this expression from others. Wildcards are matched against the others.</summary>
    /// <param name="hosts">The hosts to exclude from.</param>
    /// <param name="sources">The sources of groups. They are consulted only if the expression needs them.</param>
    /// <param name="input">Standard input for the item <c>-</c>, or null if there is none.</param>
    /// <param name="cancellationToken">Cancels lookups in sources.</param>
    /// <exception cref="HostListException">A file can't be read, or a group is unknown or empty.</exception>
    /// <exception cref="HostSourceException">A source that the expression names can't be read.</exception>
    public async ValueTask<HostExclusion> ExcludeFromAsync(
        IReadOnlyList<KnownHost> hosts, HostSources sources, HostInput? input = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        ArgumentNullException.ThrowIfNull(sources);
        var evaluator = new Evaluator(_source, new HostLookup(sources, cancellationToken), new HostFiles(input ?? HostInput.None), () => hosts)
        {
            IsPartial = true,
        };
        Target[] names = [.. hosts.Select(host => host.Name)];
        bool[] isExcluded = new bool[names.Length];
        var unused = new List<string>();
        foreach ((string text, IReadOnlyList<Term> terms) in ExpressionParts.Split(_source, _terms))
        {
            MemberSet members = await evaluator.EvaluateAsync(terms).ConfigureAwait(false);
            bool isUsed = false;
            foreach (int index in members.FindIndices(names))
                isUsed = isExcluded[index] = true;
            if (!isUsed && !(members.Count == 0 && terms is [{ Operand: HostFileOperand }]))
                unused.Add(text);
        }
        return new([.. Enumerable.Range(0, isExcluded.Length).Where(index => !isExcluded[index])], unused);
    }

    /// <summary>Returns the indices of the hosts that the expression selects, in ascending order. Wildcards are matched against these hosts.</summary>
    /// <param name="hosts">The hosts to search.</param>
    /// <param name="sources">The sources of groups. They are consulted only if the expression needs them.</param>
    /// <param name="cancellationToken">Cancels lookups in sources.</param>
    /// <exception cref="HostListException">A file can't be read, or a group is unknown or empty.</exception>
    /// <exception cref="HostSourceException">A source that the expression names can't be read.</exception>
    public async ValueTask<IReadOnlyList<int>> FindIndicesAsync(
        IReadOnlyList<Target> hosts, HostSources sources, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        ArgumentNullException.ThrowIfNull(sources);
        var evaluator = new Evaluator(_source, new HostLookup(sources, cancellationToken), new HostFiles(HostInput.None),
            () => [.. hosts.Select(name => new KnownHost(name))])
        { IsPartial = true };
        return [.. (await evaluator.EvaluateAsync(_terms).ConfigureAwait(false)).FindIndices(hosts)];
    }

    /// <summary>Returns the text of the expression.</summary>
    public override string ToString() => Text;

    /// <summary>Parses a line of a host file, in which white space separates items like a comma.</summary>
    internal static HostExpression ParseLine(string line, string origin) => Parse(LineSeparators.ToCommas(line), origin);

    /// <summary>Parses lines of a host file. Returns null if they are invalid.</summary>
    internal static HostExpression? TryParseLines(string lines)
    {
        try
        {
            return Parse(LineSeparators.ToCommas(lines));
        }
        catch (HostListException)
        {
            return null;
        }
    }

    internal static async ValueTask<MemberSet> EvaluateAllCoreAsync(
        IEnumerable<HostExpression> expressions,
        HostSources sources,
        HostInput? input,
        Action<HostExpression, MemberSet>? onEvaluated,
        CancellationToken cancellationToken)
    {
        MemberSet result = MemberSet.Empty;
        foreach (HostExpression expression in expressions)
        {
            MemberSet members = await expression.EvaluateCoreAsync(
                new HostLookup(sources, cancellationToken), new HostFiles(input ?? HostInput.None), known: null).ConfigureAwait(false);
            onEvaluated?.Invoke(expression, members);
            result = result.Apply(',', members);
            if (result.Count > HostList.MaxNames)
                throw Evaluator.TooManyNames(expression._source, 0);
        }
        return result;
    }

    internal ValueTask<MemberSet> EvaluateCoreAsync(
        HostLookup lookup, HostFiles? files, Func<IReadOnlyList<KnownHost>>? known, bool isPartial = false) =>
        new Evaluator(_source, lookup, files, known) { IsPartial = isPartial }.EvaluateAsync(_terms);
}
