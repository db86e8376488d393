namespace Volley.Ssh;

/// <summary>How a remote command ended (RFC 4254 section 6.10).</summary>
public readonly record struct SshExit
{
    /// <summary>Its exit status, or null if a signal ended it.</summary>
    public uint? Status { get; init; }

    /// <summary>The name of the signal that ended it, without "SIG" (TERM, KILL, SEGV); null if it exited.</summary>
    public string? Signal { get; init; }

    /// <summary>Whether the signal left a core image.</summary>
    public bool CoreDumped { get; init; }

    /// <summary>What the server says about the signal; may be empty.</summary>
    public string? Message { get; init; }
}
