namespace Volley;

/// <summary>The limitation of a transport because of which another transport may reach the target.</summary>
internal enum TransportLimit
{
    /// <summary>No limitation: another transport would fail in the same way.</summary>
    None,

    /// <summary>The configuration uses a feature that the transport does not support.</summary>
    Configuration,

    /// <summary>The transport can't parse the configuration; ssh itself may.</summary>
    UnreadableConfiguration,

    /// <summary>The transport and the server have no algorithm in common.</summary>
    Algorithms,

    /// <summary>The host key is of a type that the transport does not support.</summary>
    HostKey,

    /// <summary>The login was refused, but ssh could try a key or a login method that the transport does not support.</summary>
    Identity,

    /// <summary>The server violates the protocol in a way that ssh may tolerate.</summary>
    Protocol,
}
