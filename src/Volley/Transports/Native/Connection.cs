using Volley.Interop.Waiting;
using Volley.Ssh;
using Volley.Transports.Sharing;

namespace Volley.Transports.Native;

/// <summary>A connection to one host for several commands and, if it is a jump host, for further connections.</summary>
/// <param name="client">The connection.</param>
internal sealed class Connection(SshClient client) : ISharedLogin
{
    /// <summary>The number of connections that are made through one jump host at the same time.</summary>
    private const int MaxConcurrentForwards = 64;

    /// <summary>The connection.</summary>
    public SshClient Client => client;

    /// <summary>The sessions of the connection.</summary>
    public SharedConnection Shared { get; } = new(client.Connection, client.ServerSoftware, endReason: () => null);

    /// <summary>The connection to the jump host that this one passes through, and keeps open; null for none.</summary>
    public Connection? Via { get; init; }

    /// <summary>The slots for connections that are being made through it.</summary>
    public AsyncGate Forwards { get; } = new(MaxConcurrentForwards);

    /// <summary>Forwards an agent to the sessions of the connection.</summary>
    public AgentUses Agent { get; } = new(client.ForwardAgent);

    bool ISharedLogin.IsOver => Shared.IsOver;

    bool ISharedLogin.IsForOneCommand => Shared.IsForOneCommand;

    /// <summary>Closes a session that no command uses, because it would occupy a slot at the server.</summary>
    void ISharedLogin.BecomeIdle() => _ = Shared.DropSpareAsync().AsTask();
}
