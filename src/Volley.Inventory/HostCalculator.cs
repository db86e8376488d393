using Volley.Inventory.Expressions;

namespace Volley.Inventory;

/// <summary>The hosts of expressions, to be expanded, folded and counted.</summary>
/// <example>
/// <code>
/// HostCalculator calculator = await HostCalculator.EvaluateAsync([HostExpression.Parse("web[1-3]"), HostExpression.Parse("db1")], sources);
/// Console.WriteLine(calculator.Fold());   // db1,web[1-3]
/// </code>
/// </example>
public sealed class HostCalculator
{
    private readonly MemberSet _members;

    private HostCalculator(MemberSet members) => _members = members;

    /// <summary>The number of hosts, duplicates included.</summary>
    public int Count => _members.Count;

    /// <summary>The hosts, in the order of the expressions. The other members do not need this list, which takes far more memory than names in ranges.</summary>
    public IReadOnlyList<KnownHost> Hosts => _members.Hosts;

    /// <summary>Evaluates expressions, as if commas joined them.</summary>
    /// <param name="expressions">The expressions.</param>
    /// <param name="sources">The sources of groups and of known hosts. They are consulted only if an expression needs them.</param>
    /// <param name="input">Standard input for the item <c>-</c>, or null if there is none.</param>
    /// <param name="cancellationToken">Cancels lookups in sources.</param>
    /// <exception cref="HostListException">A file can't be read, a group is unknown or empty, or there are more than
    /// <see cref="HostList.MaxNames"/> names.</exception>
    /// <exception cref="HostSourceException">A source that an expression names can't be read.</exception>
    public static async ValueTask<HostCalculator> EvaluateAsync(
        IEnumerable<HostExpression> expressions, HostSources sources, HostInput? input = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        ArgumentNullException.ThrowIfNull(sources);
        return new(await HostExpression.EvaluateAllCoreAsync(expressions, sources, input, onEvaluated: null, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Returns the hosts as a short expression, sorted, with numbers as ranges.</summary>
    public string Fold() => HostList.Fold(_members.Names.Select(name => name.Name));

    /// <summary>Writes the hosts one by one.</summary>
    /// <param name="writer">The destination.</param>
    /// <param name="separator">The text between two hosts.</param>
    public void Expand(TextWriter writer, string separator)
    {
        ArgumentNullException.ThrowIfNull(writer);
        bool isFirst = true;
        foreach (Target name in _members.Names)
        {
            if (!isFirst)
                writer.Write(separator);
            writer.Write(name.Name);
            isFirst = false;
        }
    }
}
