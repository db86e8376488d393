namespace Volley.Ssh;

/// <summary>What a read of a channel brought.</summary>
/// <param name="Stream">Which stream it came from.</param>
/// <param name="Count">How many bytes; 0 means that both streams have ended.</param>
public readonly record struct SshRead(SshOutput Stream, int Count);

/// <summary>The two streams that a channel brings.</summary>
public enum SshOutput
{
    /// <summary>Standard output: SSH_MSG_CHANNEL_DATA.</summary>
    Stdout,

    /// <summary>Standard error: SSH_MSG_CHANNEL_EXTENDED_DATA of type 1.</summary>
    Stderr,
}
