namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// Counts the programs that are connected to each control socket, in the system's table of sockets. A master does not report them.
/// </summary>
internal static class MasterClients
{
    // proc_net_unix: Num RefCount Protocol Flags Type St Inode Path; St 03 is connected.
    private const string Connected = "03";

    /// <summary>Returns the number of clients by socket path.</summary>
    public static Dictionary<string, int> Count()
    {
        var counts = new Dictionary<string, int>();
        foreach (var line in File.ReadLines("/proc/net/unix"))
        {
            var fields = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
            if (fields is not [_, _, _, _, _, Connected, _, var path])
                continue;
            // The table has the name of the bind: ssh binds the socket with a random suffix, then renames it.
            var socket = path.LastIndexOf('.') is > 0 and var dot ? path[..dot] : path;
            counts[socket] = counts.GetValueOrDefault(socket) + 1;
        }

        return counts;
    }
}
