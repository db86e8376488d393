using System.Globalization;
using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>The route to a host: its settings and the jump host before it.</summary>
/// <param name="Label">The name of the host in messages.</param>
/// <param name="Settings">The settings of the host.</param>
/// <param name="Before">The route to the jump host before it; null if the host is connected to directly.</param>
internal sealed record Route(string Label, SshHostSettings Settings, Route? Before)
{
    /// <summary>The key under which connections are shared. It differs for another user, host, port or jump host.</summary>
    public string Key { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{Before?.Key}\n{Settings.User}\t{Settings.OriginalHost}\t{Settings.HostName}\t{Settings.Port}");
}
