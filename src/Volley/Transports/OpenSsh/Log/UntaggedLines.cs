namespace Volley.Transports.OpenSsh.Log;

/// <summary>The lines without a tag that count, in the order of their number.</summary>
internal enum UntaggedLines
{
    /// <summary>No line: any may be a peer's text.</summary>
    None,

    /// <summary>The messages about the loss of a connection and about refused channels.</summary>
    AboutConnection,

    /// <summary>All lines.</summary>
    All,
}
