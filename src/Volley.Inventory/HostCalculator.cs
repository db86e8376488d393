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
    private HostCalculator(IReadOnlyList<KnownHost> hosts) => Hosts = hosts;

    /// <summary>The hosts, in the order of the expressions.</summary>
    public IReadOnlyList<KnownHost> Hosts { get; }

    /// <summary>Evaluates expressions, as if commas joined them.</summary>
    /// <param name="expressions">The expressions.</param>
    /// <param name="sources">The sources of groups and of known hosts. They are consulted only if an expression needs them.</param>
    /// <param name="input">Standard input for the item <c>-</c>, or null if there is none.</param>
    /// <param name="cancellationToken">Cancels lookups in sources.</param>
    /// <exception cref="HostListException">A file can't be read, a group is unknown or empty, or there are more than
    /// <see cref="HostList.MaxNames"/> names.</exception>
    /// <exception cref="HostSourceException">A source that an expression names can't be read.</exception>
    public static async ValueTask<HostCalculator> EvaluateAsync(
        IEnumerable<HostExpression> expressions, HostSources sources, HostInput? input = null, CancellationToken cancellationToken = default) =>
        new(await HostExpression.EvaluateAllAsync(expressions, sources, input, cancellationToken: cancellationToken).ConfigureAwait(false));

    /// <summary>Returns the hosts as a short expression, sorted, with numbers as ranges.</summary>
    public string Fold() => HostList.Fold(Hosts.Select(host => host.ToString()));

    /// <summary>Writes the hosts one by one.</summary>
    /// <param name="writer">The destination.</param>
    /// <param name="separator">The text between two hosts.</param>
    public void Expand(TextWriter writer, string separator)
    {
        ArgumentNullException.ThrowIfNull(writer);
        for (int i = 0; i < Hosts.Count; i++)
        {
            if (i > 0)
                writer.Write(separator);
            writer.Write(Hosts[i].ToString());
        }
    }
}
