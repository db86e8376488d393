namespace Volley.Ssh;

/// <summary>A terminal for a remote process. With a terminal there is no standard error: everything is written to standard output.</summary>
public sealed record SshTerminal
{
    /// <summary>The terminal type, which becomes the variable TERM. The default is xterm-256color.</summary>
    public string Type { get; init; } = "xterm-256color";

    /// <summary>The size; by default 80 columns and 24 rows.</summary>
    public PtySize Size { get; init; } = new(80, 24);

    /// <summary>The encoded terminal modes (RFC 4254 section 8); empty for the server's defaults.</summary>
    public ReadOnlyMemory<byte> Modes { get; init; }
}
