using Volley.Ssh.Config;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>What the user's configuration says about the way to a host, as far as Volley needs to know it beside ssh.</summary>
internal sealed record HostRoute
{
    /// <summary>Nothing: ssh alone reads the configuration.</summary>
    public static HostRoute Direct { get; } = new();

    /// <summary>All that is configured, incomplete where only ssh can work it out; null if the configuration can't be read.</summary>
    public SshHostSettings? Settings { get; init; }

    /// <summary>The control socket of a master of the user's own, or null.</summary>
    public string? UsersSocket { get; init; }

    /// <summary>The jump hosts before it, or null.</summary>
    public string? Jump { get; init; }

    /// <summary>The limit for connecting, or null.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>After how much silence a sign of life is asked for, or null.</summary>
    public TimeSpan? ServerAliveInterval { get; init; }

    /// <summary>After how many questions without an answer the connection is given up, or null.</summary>
    public int? ServerAliveCountMax { get; init; }

    /// <summary>What known_hosts files call the host (<c>host</c>, <c>[host]:port</c> or HostKeyAlias), or null.</summary>
    public string? KnownHostsName { get; init; }

    /// <summary>The known_hosts files that ssh reads for it.</summary>
    public IReadOnlyList<string> KnownHostsFiles { get; init; } = [];

    /// <summary>What SendEnv and SetEnv put into the environment of the remote command.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
}
