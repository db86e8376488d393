namespace Volley.Transports.OpenSsh;

/// <summary>What an ssh that has failed has left of its proxy command.</summary>
/// <param name="Text">What came on standard error.</param>
/// <param name="IsSsh">Whether it is an ssh, which says so if it can't connect.</param>
/// <param name="LineBeforeVersion">What the server said before its version, or null.</param>
internal readonly record struct ProxyTraces(string Text, bool IsSsh, string? LineBeforeVersion)
{
    /// <summary>Whether a server closed the connection without a word about itself, as one with too many logins under way does; else the proxy command itself may have failed.</summary>
    public bool PeerHasDropped => LineBeforeVersion is not null
        || OpenSshDiagnosis.IsDropped(Text)
        || (IsSsh && string.IsNullOrWhiteSpace(Text));
}
