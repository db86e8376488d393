using System.Globalization;
using Volley.Cli.Options;
using Volley.Hosts.Folding;
using Volley.Inventory;

namespace Volley.Cli.Selection;

/// <summary>Chooses among the selected hosts: first <c>--pick</c>, then <c>--order</c>, then <c>--limit</c>.</summary>
/// <param name="options">The command line.</param>
/// <param name="note">Receives each line for standard error.</param>
internal sealed class HostChoice(ChoiceOptions options, Action<string> note)
{
    /// <summary>Returns the chosen hosts in their order.</summary>
    public IReadOnlyList<KnownHost> Choose(IReadOnlyList<KnownHost> hosts)
    {
        var isRandom = options.Order.Value == "random";
        if (options.Pick.IsGiven || isRandom)
        {
            var seed = options.Seed.Value ?? Random.Shared.Next();
            var random = new SeededRandom(seed);
            var total = hosts.Count;
            if (options.Pick.Value is { } count)
                hosts = [.. random.Shuffle(total).Take(count).Order().Select(index => hosts[index])];
            if (isRandom)
                hosts = [.. random.Shuffle(hosts.Count).Select(index => hosts[index])];
            var done = options.Pick.IsGiven ? $"picked {hosts.Count} of {total} hosts" : $"{total} hosts in random order";
            note(string.Create(CultureInfo.InvariantCulture, $"volley: {done} (--seed {seed})"));
        }

        hosts = options.Order.Value switch
        {
            "sorted" => [.. hosts.Order(Comparer<KnownHost>.Create((x, y) => NaturalOrder.Compare(x.Name.Host, y.Name.Host)))],
            "reversed" => [.. hosts.Reverse()],
            _ => hosts,
        };
        return options.Limit.Value is { } limit && limit.GetCount(hosts.Count) is var left && left < hosts.Count ? [.. hosts.Take(left)] : hosts;
    }
}
