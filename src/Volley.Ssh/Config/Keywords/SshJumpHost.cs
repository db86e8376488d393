namespace Volley.Ssh;

/// <summary>A jump host. To get its settings, resolve it as a host with these values as overrides.</summary>
/// <param name="User">The login name; null if it is not given.</param>
/// <param name="Host">The host as written, without brackets.</param>
/// <param name="Port">The port; null if it is not given.</param>
public sealed record SshJumpHost(string? User, string Host, int? Port)
{
    /// <summary>Returns the hop in the syntax of ProxyJump: <c>[user@]host[:port]</c>, with an IPv6 address in brackets.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        (User is null ? "" : User + "@") + (Host.Contains(':') ? $"[{Host}]" : Host) + (Port is null ? "" : $":{Port}");
}
