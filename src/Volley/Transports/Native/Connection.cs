using Volley.Ssh;
using Volley.Transports.Channels;

namespace Volley.Transports.Native;

/// <summary>A connection to one host for several commands and, if it is a jump host, for further connections.</summary>
/// <param name="client">The connection.</param>
internal sealed class Connection(SshClient client)
{
    /// <summary>The number of connections that are made through one jump host at the same time.</summary>
    private const int MostForwardsAtOnce = 64;

    /// <summary>The connection.</summary>
    public SshClient Client => client;

    /// <summary>The sessions of the connection.</summary>
    public SharedConnection Shared { get; } = new(client.Connection, client.ServerSoftware, lastWords: () => null);

    /// <summary>The key of the login in the pool.</summary>
    public required string Key { get; init; }

    /// <summary>The connection to the jump host that this one passes through, and keeps open; null for none.</summary>
    public Connection? Before { get; init; }

    /// <summary>The number of targets and connections that use it or are about to. The pool's lock guards it.</summary>
    public int Users { get; set; }

    /// <summary>The slots for connections that are being made through it.</summary>
    public SemaphoreSlim Forwards { get; } = new(MostForwardsAtOnce);
}
