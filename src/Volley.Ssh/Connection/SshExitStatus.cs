namespace Volley.Ssh;

/// <summary>The exit status of a remote command (RFC 4254 section 6.10).</summary>
public readonly record struct SshExitStatus
{
    /// <summary>
    /// The exit code, or null if a signal ended the command. A server can send any 32 bits; the codes of some systems are negative.
    /// </summary>
    public int? ExitCode { get; init; }

    /// <summary>The name of the signal that ended the command, without "SIG" (TERM, KILL, SEGV); null if it exited.</summary>
    public string? Signal { get; init; }

    /// <summary>Whether the signal caused a core dump.</summary>
    public bool CoreDumped { get; init; }

    /// <summary>The server's message about the signal; may be empty.</summary>
    public string? Message { get; init; }
}
