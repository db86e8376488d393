namespace Volley.Transports.Sharing;

/// <summary>The servers that can't run several commands on one connection, by the software name that they send.</summary>
internal static class SoleCommandServers
{
    /// <summary>
    /// tinysshd allows one session and ends the connection after it. Dropbear and Erlang's ssh close channels of commands that
    /// run, or the whole connection, once several have ended at the same time.
    /// </summary>
    private static readonly string[] Families = ["tinyssh", "dropbear", "Erlang/"];

    /// <summary>Returns whether a server can't share a connection. Null stands for unknown software, which is taken to share.</summary>
    public static bool Includes(string? software) =>
        software is not null && Array.Exists(Families, family => software.StartsWith(family, StringComparison.Ordinal));
}
