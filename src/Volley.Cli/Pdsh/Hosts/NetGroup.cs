using System.Runtime.InteropServices;
using Volley.Ssh.Text;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>Netgroups, by the C library, which knows the files and the servers that nsswitch.conf(5) names.</summary>
internal static partial class NetGroup
{
    /// <summary>The hosts of a group; none where there is no such group, which the C library does not tell apart.</summary>
    public static IEnumerable<string> Hosts(string group)
    {
        var hosts = new List<string>();
        if (Begin(group) != 0)
        {
            while (Next(out var host, out _, out _) != 0)
            {
                if (Marshal.PtrToStringUTF8(host) is { Length: > 0 } name)
                    hosts.Add(name);
            }
        }

        End();
        return hosts;
    }

    [LibraryImport("libc", EntryPoint = "setnetgrent", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Begin(string group);

    [LibraryImport("libc", EntryPoint = "getnetgrent")]
    private static partial int Next(out nint host, out nint user, out nint domain);

    [LibraryImport("libc", EntryPoint = "endnetgrent")]
    private static partial void End();
}
