namespace Volley.Transports;

/// <summary>What keeps a transport from reaching a target that another transport may reach.</summary>
public enum TransportLimit
{
    /// <summary>Nothing: another would fail the same way.</summary>
    None,

    /// <summary>The configuration asks for what it can't do.</summary>
    Configuration,

    /// <summary>It can't understand the configuration, which ssh itself may.</summary>
    UnreadableConfiguration,

    /// <summary>The server has no algorithm that it has.</summary>
    Algorithms,

    /// <summary>The host's key is of a kind that it does not read.</summary>
    HostKey,

    /// <summary>The login was refused, and among the user's keys is one that it can't use and the server has not seen.</summary>
    Identity,

    /// <summary>The server departs from the protocol in a way that ssh may tolerate.</summary>
    Protocol,
}
