using Volley.Inventory;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>Splits lists into items, except at separators within brackets.</summary>
internal static class HostItems
{
    /// <summary>Returns the items of a list separated by commas, without leading white space and empty items.</summary>
    public static IEnumerable<string> Split(string list) => DshFileReader.Split(list, ",").Select(item => item.TrimStart()).Where(item => item.Length > 0);

    /// <summary>Returns the names of an item, separated by commas and white space.</summary>
    public static IEnumerable<string> Names(string item) => DshFileReader.Split(item);
}
