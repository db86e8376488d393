namespace Volley.Inventory.Sources;

/// <summary>Checks and expands the names of hosts that a source states.</summary>
internal static class HostNames
{
    /// <summary>Returns the hosts of items <c>[user@]host[:port]</c> with ranges, separated by commas.</summary>
    /// <exception cref="HostSourceException">An item is invalid, such as a name that begins with <c>-</c> or holds control characters.</exception>
    public static HostList Parse(string source, string items, FilePlace place)
    {
        try
        {
            if (items.AsSpan().ContainsAny('^', '*', '?') || items.AsSpan().TrimStart().StartsWith("-", StringComparison.Ordinal))
                throw new HostSourceException(source, $"'{items}' is no host name", place.Path, place.Line);
            return HostList.Parse(items);
        }
        catch (HostListException error)
        {
            throw new HostSourceException(source, $"invalid host '{items}': {error.Message}", place.Path, place.Line, error);
        }
    }

    /// <summary>Returns the only host of an item.</summary>
    /// <exception cref="HostSourceException">The item is invalid, or stands for several hosts.</exception>
    public static Target ParseOne(string source, string item, FilePlace place) => Parse(source, item, place) is [var name]
        ? name
        : throw new HostSourceException(source, $"'{item}' stands for several hosts; a single host was expected", place.Path, place.Line);

    /// <summary>Returns the only host of an item, or null if it is invalid or stands for several.</summary>
    public static Target? TryParse(string item)
    {
        try
        {
            return !item.AsSpan().ContainsAny('^', '*', '?') && !item.StartsWith('-') && HostList.Parse(item) is [var host] ? host : null;
        }
        catch (HostListException)
        {
            return null;
        }
    }
}
