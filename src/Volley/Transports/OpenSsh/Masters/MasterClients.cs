namespace Volley.Transports.OpenSsh.Masters;

/// <summary>How many programs are connected to each control socket, by the system's table of sockets: a master itself does not tell.</summary>
internal static class MasterClients
{
    // proc_net_unix: Num RefCount Protocol Flags Type St Inode Path; St 03 is connected.
    private const string Connected = "03";

    /// <summary>The clients by the path of the socket.</summary>
    public static Dictionary<string, int> Count()
    {
        var counts = new Dictionary<string, int>();
        foreach (var line in File.ReadLines("/proc/net/unix"))
        {
            var fields = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
            if (fields is not [_, _, _, _, _, Connected, _, var path])
                continue;
            // ssh binds it under a name with a random ending, and then gives it its own.
            var socket = path.LastIndexOf('.') is > 0 and var dot ? path[..dot] : path;
            counts[socket] = counts.GetValueOrDefault(socket) + 1;
        }

        return counts;
    }
}
