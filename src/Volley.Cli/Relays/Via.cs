using System.Globalization;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>The value of <c>--via</c>: the relays that run a target.</summary>
internal abstract record Via
{
    private const string AutoName = "auto";
    private const string AllName = "all";
    private const string LocalPrefix = "local:";
    private const int MaxLocal = 64;

    /// <summary>The names that mean something else than a group.</summary>
    public static IReadOnlyList<string> ReservedNames { get; } = [AutoName, AllName];

    /// <summary>Parses a value.</summary>
    /// <exception cref="UsageException">The text is not one.</exception>
    public static Via Read(string name, string text)
    {
        if (text == AutoName)
            return new Auto();
        if (text.StartsWith(LocalPrefix, StringComparison.Ordinal))
        {
            return int.TryParse(text.AsSpan(LocalPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MaxLocal
                ? new Local(count)
                : throw new UsageException($"{name} takes local:N with 1 to {MaxLocal} relays on this machine, not '{text}'");
        }

        return TryReadRelays(text) ?? throw new UsageException(
            $"{name} takes the name of a group of relays, KEY=VALUE for a label, auto, all or local:N, not '{text}'; names have letters, digits, - and _");
    }

    /// <summary>Returns the relays that a text names: a group, KEY=VALUE or <c>all</c>; null for any other text.</summary>
    public static Relays? TryReadRelays(string text)
    {
        if (text == AllName)
            return new Relays(RelayQueues.All);
        return text.Split('=') switch
        {
            [var group] when RelayQueues.IsName(group) && !ReservedNames.Contains(group) => new Relays(RelayQueues.ForGroup(group)),
            [var key, var value] when RelayQueues.IsName(key) && RelayQueues.IsName(value) => new Relays(RelayQueues.ForLabel(key, value)),
            _ => null,
        };
    }

    /// <summary>The relays of each host, by the configuration.</summary>
    public sealed record Auto : Via;

    /// <summary>A group of relays, those with a label, or all.</summary>
    /// <param name="Queue">The queue that they serve.</param>
    public sealed record Relays(string Queue) : Via;

    /// <summary>Relays that are started on this machine for the run.</summary>
    /// <param name="Count">Their number.</param>
    public sealed record Local(int Count) : Via;
}
