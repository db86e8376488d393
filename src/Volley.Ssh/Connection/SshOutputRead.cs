namespace Volley.Ssh;

/// <summary>The result of a read from a channel.</summary>
/// <param name="Stream">The stream that the data came from.</param>
/// <param name="Count">The number of bytes; 0 if both streams have ended.</param>
public readonly record struct SshOutputRead(SshStreamKind Stream, int Count);

/// <summary>The two output streams of a channel.</summary>
public enum SshStreamKind
{
    /// <summary>Standard output: SSH_MSG_CHANNEL_DATA.</summary>
    Stdout,

    /// <summary>Standard error: SSH_MSG_CHANNEL_EXTENDED_DATA of type 1.</summary>
    Stderr,
}
