using System.Collections.Concurrent;

namespace Volley.Transports.Channels;

/// <summary>The logins of a run whose servers can't run several commands on one connection. Each command there gets its own connection.</summary>
internal sealed class SoleCommandServers
{
    /// <summary>
    /// tinysshd allows one session and ends the connection after it. Dropbear and Erlang's ssh close channels of commands that
    /// run, or the whole connection, once several have ended at the same time.
    /// </summary>
    private static readonly string[] Families = ["tinyssh", "dropbear", "Erlang/"];

    private readonly ConcurrentDictionary<string, bool> _logins = [];

    /// <summary>Returns true for the software of a server that can't share a connection; null means that the software is unknown.</summary>
    public static bool IsKnown(string? software) =>
        software is not null && Array.Exists(Families, family => software.StartsWith(family, StringComparison.Ordinal));

    /// <summary>Returns true if each command of a login needs a connection of its own.</summary>
    public bool Contains(string login) => _logins.ContainsKey(login);

    /// <summary>Adds a login. Returns false if it was added before.</summary>
    public bool Add(string login) => _logins.TryAdd(login, true);
}
