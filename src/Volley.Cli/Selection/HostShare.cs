namespace Volley.Cli.Selection;

/// <summary>A number of hosts, or a percentage of them.</summary>
internal readonly record struct HostShare(int Number, bool IsPercent)
{
    /// <summary>Returns the number of hosts, rounded down, but at least one.</summary>
    /// <param name="count">The number of all hosts.</param>
    public int GetCount(int count) => IsPercent ? Math.Max(1, (int)((long)count * Number / 100)) : Math.Min(Number, count);
}
