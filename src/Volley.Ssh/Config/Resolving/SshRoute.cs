using System.Globalization;

namespace Volley.Ssh;

/// <summary>The route to a host: its settings, and the route to the jump host before it.</summary>
/// <param name="Host">The host, with the user and the port that the user or ProxyJump names.</param>
/// <param name="Settings">The settings of the host; null if the configuration is invalid (<see cref="Failure"/>).</param>
/// <param name="Via">The route to the jump host before it; null if the host is connected to directly.</param>
/// <exception cref="ArgumentNullException"><paramref name="Host"/> is null.</exception>
public sealed record SshRoute(SshJumpHost Host, SshHostSettings? Settings, SshRoute? Via)
{
    /// <summary>The name of the host in messages.</summary>
    public string Name { get; init; } = Argument.NotNull(Host, nameof(Host)).ToString();

    /// <summary>
    /// Why the route is unknown: the configuration is invalid for this host, or its jump hosts lead through themselves
    /// (<see cref="SshFailure.InvalidConfiguration"/>); null if it is known.
    /// </summary>
    public SshException? Failure { get; init; }

    /// <summary>
    /// The control socket that the configuration names for the host (ControlPath), if it exists and its login is the requested one; else null.
    /// </summary>
    public string? ControlSocket { get; init; }

    /// <summary>Identifies the login: it differs for another user, host, port or jump host.</summary>
    public string Key { get; } = Settings is null
        ? $"{Via?.Key}\n{Host}"
        : string.Create(CultureInfo.InvariantCulture, $"{Via?.Key}\n{Settings.User}\t{Settings.OriginalHost}\t{Settings.HostName}\t{Settings.Port}");

    /// <summary>Returns why <see cref="SshClient"/> can't use the route; null if it can.</summary>
    /// <returns>The failure, or null.</returns>
    public SshException? FindFailure()
    {
        for (var host = this; host is not null; host = host.Via)
        {
            if ((host.Failure ?? Unsupported(host.Settings?.UnsupportedReason)) is not { } failure)
                continue;
            return host == this ? failure : new SshException(failure, $"jump host {Via!.Name}: {failure.Message}");
        }

        return null;
    }

    private static SshException? Unsupported(string? reason) =>
        reason is null ? null : new(SshFailure.UnsupportedConfiguration, $"this client does not support the configuration: {reason}");
}
