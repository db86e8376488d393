using System.Collections.Immutable;
using Volley.Ssh.Sockets;

namespace Volley.Transports;

/// <summary>How a transport over SSH connects, whoever speaks SSH. What is not set here is as ssh_config(5) says it for the host.</summary>
public record SshOptions
{
    /// <summary>The login name of targets that name none (-l).</summary>
    public string? User { get; init; }

    /// <summary>The port of targets that name none, 1 to 65535 (-p).</summary>
    public int? Port { get; init; }

    /// <summary>Private keys to try (-i).</summary>
    public ImmutableArray<string> IdentityFiles { get; init; } = [];

    /// <summary>Jump hosts on the way, as ssh's -J takes them.</summary>
    public string? Jump { get; init; }

    /// <summary>The only configuration file to read (-F), "none" for no file at all; null for the user's and the system's.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Further directives as KEY=VALUE (-o). They can't undo what Volley relies on.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>The limit for connecting where neither the configuration nor an option sets a ConnectTimeout; infinite for none.</summary>
    public TimeSpan DefaultConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The limit until the server has accepted us, which goes before the configuration's; null to leave it to that, zero for none.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>After how much silence of a server it is asked for a sign of life, zero for never; null for the configuration's, else 15 s.</summary>
    public TimeSpan? ServerAliveInterval { get; init; }

    /// <summary>After how many questions without an answer the connection is given up; null for the configuration's, else 3.</summary>
    public int? ServerAliveCountMax { get; init; }

    /// <summary>
    /// A password for servers and jump hosts that ask for one; null to answer no prompt. Each login gets it once, whatever asks for
    /// it, and not again unless it was accepted. ssh takes one from OpenSSH 8.4 on.
    /// </summary>
    public SshPassword? Password { get; init; }

    /// <summary>How long an agent that Volley itself asks may take to answer before it is given up; null for 5 s. ssh has no such limit.</summary>
    public TimeSpan? AgentLimit { get; init; }

    /// <summary>
    /// How many connections of our own process stay open until the end of the run although nobody uses them, for targets that
    /// come again, 0 or more; null for 256, or half of the descriptors that the process may have. Those of jump hosts, and control masters, do not count.
    /// </summary>
    public int? MaxIdleConnections { get; init; }

    /// <summary>How fast new connections may begin; null for no limit. Waiting for a turn does not count as connecting.</summary>
    public ConnectionPace? Pace { get; init; }

    /// <summary>Counts the host keys that are recorded.</summary>
    public HostKeyNotices HostKeys { get; init; } = new();

    /// <summary>Connects the sockets of native connections and of control masters.</summary>
    internal ISocketConnector Connector { get; init; } = SocketConnector.Default;

    internal static TimeSpan DefaultServerAliveInterval { get; } = TimeSpan.FromSeconds(15);

    internal static int DefaultServerAliveCountMax => 3;
}
