namespace Volley.Ssh;

/// <summary>The options of an <see cref="SshForward"/>.</summary>
public sealed record SshForwardOptions
{
    /// <summary>
    /// Called when a connection could not be forwarded, or broke: with an <see cref="SshException"/> (the server refused it, or the client ended), a
    /// <see cref="System.Net.Sockets.SocketException"/> (the destination at this machine can't be connected to) or an <see cref="IOException"/>. The
    /// listener continues. Calls may be concurrent; they come from the thread pool and must not throw. Null to ignore failures.
    /// </summary>
    public Action<Exception>? OnConnectionFailed { get; init; }
}
