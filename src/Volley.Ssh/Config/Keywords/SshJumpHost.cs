using Volley.Ssh.Config.Keywords;

namespace Volley.Ssh;

/// <summary>A jump host. To get its settings, resolve it as a host with these values as overrides.</summary>
/// <param name="User">The login name; null if it is not given.</param>
/// <param name="Host">The host as written, without brackets.</param>
/// <param name="Port">The port; null if it is not given.</param>
public sealed record SshJumpHost(string? User, string Host, int? Port)
{
    /// <summary>Parses the argument of ProxyJump and of ssh's -J: <c>[user@]host[:port]</c> or <c>ssh://</c> URIs, separated by commas, or "none".</summary>
    /// <returns>The hops in order; null if the text is invalid.</returns>
    public static IReadOnlyList<SshJumpHost>? ParseList(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return JumpHosts.Parse(text);
    }

    /// <summary>Returns the hop in the syntax of ProxyJump: <c>[user@]host[:port]</c>, with an IPv6 address in brackets.</summary>
    public override string ToString() =>
        (User is null ? "" : User + "@") + (Host.Contains(':') ? $"[{Host}]" : Host) + (Port is null ? "" : $":{Port}");
}
