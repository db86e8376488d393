namespace Volley.Transports.OpenSsh.Log;

/// <summary>The traces that a failed ssh has left of its proxy command.</summary>
/// <param name="Text">The output on standard error.</param>
/// <param name="IsSsh">Whether the proxy command is an ssh, which reports when it can't connect.</param>
/// <param name="LineBeforeVersion">The line that the server sent before its version, or null.</param>
internal readonly record struct ProxyTraces(string Text, bool IsSsh, string? LineBeforeVersion)
{
    /// <summary>
    /// Whether a server closed the connection before it sent its version, as sshd does with too many logins in progress. Otherwise the
    /// proxy command itself may have failed.
    /// </summary>
    public bool PeerHasDropped => LineBeforeVersion is not null
        || OpenSshDiagnosis.IsDropped(Text)
        || (IsSsh && string.IsNullOrWhiteSpace(Text));
}
