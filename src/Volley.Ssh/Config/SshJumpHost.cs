namespace Volley.Ssh.Config;

/// <summary>One hop on the way to a host. It is a host of its own: resolve it with these values as overrides.</summary>
/// <param name="User">The login name there, if the hop names it.</param>
/// <param name="Host">The host as written, without brackets.</param>
/// <param name="Port">The port, if the hop names it.</param>
public sealed record SshJumpHost(string? User, string Host, int? Port)
{
    /// <summary>Writes it as ProxyJump takes it: <c>[user@]host[:port]</c>, an IPv6 address in brackets.</summary>
    public override string ToString() =>
        (User is null ? "" : User + "@") + (Host.Contains(':') ? $"[{Host}]" : Host) + (Port is null ? "" : $":{Port}");
}
