namespace Volley.Ssh.Connection;

/// <summary>What a channel is for.</summary>
/// <param name="Type">The channel type (RFC 4250 section 4.9.1).</param>
/// <param name="Description">A description for messages.</param>
/// <param name="HasStderr">Whether extended data of type 1 is read.</param>
internal sealed record ChannelKind(string Type, string Description, bool HasStderr = false)
{
    /// <summary>A channel for a command, a shell or a subsystem.</summary>
    public static ChannelKind Session { get; } = new("session", "a channel", HasStderr: true);
}
