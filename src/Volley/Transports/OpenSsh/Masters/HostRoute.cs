using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The user's configuration of a host, as far as Volley needs to know it besides ssh.</summary>
internal sealed record HostRoute
{
    /// <summary>An empty route: only ssh reads the configuration.</summary>
    public static HostRoute Direct { get; } = new();

    /// <summary>The settings of the host, incomplete if only ssh can determine them; null if the configuration can't be read.</summary>
    public SshHostSettings? Settings { get; init; }

    /// <summary>The control socket of the user's own master, or null.</summary>
    public string? UsersSocket { get; init; }

    /// <summary>The jump hosts before the host, or null.</summary>
    public string? Jump { get; init; }

    /// <summary>The connect timeout, or null.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>The silence after which a keepalive is sent, or null.</summary>
    public TimeSpan? ServerAliveInterval { get; init; }

    /// <summary>The number of unanswered keepalives after which the connection is abandoned, or null.</summary>
    public int? ServerAliveCountMax { get; init; }

    /// <summary>The name of the host in known_hosts files (<c>host</c>, <c>[host]:port</c> or HostKeyAlias), or null.</summary>
    public string? KnownHostsName { get; init; }

    /// <summary>The known_hosts files that ssh reads for the host.</summary>
    public IReadOnlyList<string> KnownHostsFiles { get; init; } = [];

    /// <summary>The variables that SendEnv and SetEnv add to the environment of the remote command.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
}
