namespace Volley.Transports.Sharing;

/// <summary>The uses of a login.</summary>
internal enum LoginUse
{
    /// <summary>A command of a target.</summary>
    Command,

    /// <summary>
    /// Connections to other hosts, which pass through it. They are not commands, so they share a login even at a server that runs only one
    /// command on a connection.
    /// </summary>
    Hop,
}
