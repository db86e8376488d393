namespace Volley.Ssh;

/// <summary>A terminal for a remote process. With a terminal there is no standard error: everything is written to standard output.</summary>
public sealed record SshPseudoTerminal
{
    /// <summary>The terminal type, which becomes the variable TERM. The default is xterm-256color.</summary>
    /// <exception cref="ArgumentException">The value is null or has a NUL.</exception>
    public string Type { get; init => field = Argument.WithoutNul(value, nameof(Type)); } = "xterm-256color";

    /// <summary>The number of characters per line, or 0 if it is unknown. The default is 80.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Columns { get; init => field = Argument.AtLeast(0, value, nameof(Columns)); } = 80;

    /// <summary>The number of lines, or 0 if it is unknown. The default is 24.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Rows { get; init => field = Argument.AtLeast(0, value, nameof(Rows)); } = 24;

    /// <summary>The encoded terminal modes (RFC 4254 section 8); empty for the server's defaults.</summary>
    public ReadOnlyMemory<byte> Modes { get; init; }
}
