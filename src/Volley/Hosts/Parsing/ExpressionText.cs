using System.Globalization;

namespace Volley.Hosts.Parsing;

/// <summary>The text being parsed and its origin, so that every error reports its position.</summary>
internal readonly record struct ExpressionText(string Text, string? Origin = null)
{
    public HostListException Error(int position, string message, Remedy remedy = Remedy.None) =>
        new(message, Text, position) { Origin = Origin, Remedy = remedy };

    public HostListException TooManyNames(int position) => Error(position, string.Create(
        CultureInfo.InvariantCulture, $"more than {HostList.MaxNames:N0} names; write a smaller range or run in parts"));
}
