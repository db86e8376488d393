using System.Collections.Immutable;

namespace Volley.Relay;

/// <summary>How a relay reaches the targets of a job. It names no file and no program of the relay.</summary>
public sealed record RelayConnectionSettings
{
    /// <summary>The transport: <c>auto</c>, <c>native</c>, <c>openssh</c> or <c>exec</c>.</summary>
    public string Transport { get; init; } = "auto";

    /// <summary>The login name for targets without one; null for that of the relay's configuration.</summary>
    public string? User { get; init; }

    /// <summary>The port for targets without one; null for that of the relay's configuration.</summary>
    public int? Port { get; init; }

    /// <summary>Options of ssh_config as <c>Name=Value</c>. A relay refuses those that are not in its list.</summary>
    public ImmutableArray<string> SshOptions { get; init; } = [];

    /// <summary>How often a failed connection is tried again.</summary>
    public int ConnectRetries { get; init; }

    /// <summary>The program that becomes another user, <c>sudo</c>, <c>doas</c> or <c>su</c>; null for none.</summary>
    public string? Elevation { get; init; }

    /// <summary>The user that <see cref="Elevation"/> becomes.</summary>
    public string? ElevationUser { get; init; }

    /// <summary>Seconds from the end of the connection to the end of the commands; null if commands are kept.</summary>
    public double? CloseGrace { get; init; }
}
