using System.Globalization;

namespace Volley.Targets;

/// <summary>The text that is being read and where it stands, so that every fault is reported with its place.</summary>
internal readonly record struct ExpressionText(string Text, string? Origin = null)
{
    public HostListException Error(int position, string message) => new(message, Text, position) { Origin = Origin };

    public HostListException TooManyNames(int position) => Error(position, string.Create(
        CultureInfo.InvariantCulture, $"more than {HostList.MaxNames:N0} names; write a smaller range or run in parts"));
}
