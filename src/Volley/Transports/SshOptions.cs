using System.Collections.Immutable;
using Volley.Ssh;

namespace Volley;

/// <summary>The options of the SSH transports. Options that are not set have the values of ssh_config(5).</summary>
public record SshOptions
{
    /// <summary>The login name for targets without one (-l).</summary>
    public string? User { get; init; }

    /// <summary>The port for targets without one, 1 to 65535 (-p).</summary>
    public int? Port { get; init; }

    /// <summary>Private keys to try (-i).</summary>
    public ImmutableArray<string> IdentityFiles { get; init; } = [];

    /// <summary>The jump hosts, in the syntax of ssh's -J.</summary>
    public string? Jump { get; init; }

    /// <summary>The only configuration file to read (-F), or "none" to read no file; null for the user's and the system's files.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Further directives as KEY=VALUE (-o). They can't override the directives that Volley depends on.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>The connect timeout if neither the configuration nor an option sets one; infinite for none. The default is 10 seconds.</summary>
    public TimeSpan DefaultConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time limit for connecting and logging in, which overrides ConnectTimeout; null to leave it to that, zero for none.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>The silence of a server after which a keepalive is sent; zero for never, null for the configuration's value, else 15 s.</summary>
    public TimeSpan? ServerAliveInterval { get; init; }

    /// <summary>The number of unanswered keepalives after which the connection is abandoned; null for the configuration's value, else 3.</summary>
    public int? ServerAliveCountMax { get; init; }

    /// <summary>
    /// The password for servers and jump hosts that ask for one; null to answer no prompt. Each login gets it once, and again only if it
    /// was accepted. Passing it to ssh requires OpenSSH 8.4.
    /// </summary>
    public SshPassword? Password { get; init; }

    /// <summary>How long an agent may take to answer Volley itself; null for 5 s. ssh has no such limit.</summary>
    public TimeSpan? AgentLimit { get; init; }

    /// <summary>
    /// How many unused native connections stay open until the end of the run for targets that recur, 0 or more; null for 256, or half
    /// of the process's file descriptor limit. Connections to jump hosts and control masters do not count.
    /// </summary>
    public int? MaxIdleConnections { get; init; }

    /// <summary>The rate of new connections; null for no limit. Waiting for a turn does not count towards the connect timeout.</summary>
    public ConnectionPace? Pace { get; init; }

    /// <summary>Counts and reports the host keys that are recorded.</summary>
    public HostKeyNotices HostKeys { get; init; } = new();

    /// <summary>Connects the sockets of native connections and of control masters.</summary>
    internal ISocketConnector Connector { get; init; } = SocketConnector.Default;
}
