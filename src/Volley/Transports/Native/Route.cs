using System.Globalization;
using Volley.Ssh.Config;

namespace Volley.Transports.Native;

/// <summary>The way to a host: what is configured for it, and the hop before it.</summary>
/// <param name="Label">What messages call it.</param>
/// <param name="Settings">What is configured.</param>
/// <param name="Before">The jump host that it is reached through; null for a host that is connected to directly.</param>
internal sealed record Route(string Label, SshHostSettings Settings, Route? Before)
{
    /// <summary>What a connection is the same for: whoever asks for another user, port or way never gets it.</summary>
    public string Key { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{Before?.Key}\n{Settings.User}\t{Settings.OriginalHost}\t{Settings.HostName}\t{Settings.Port}");
}
