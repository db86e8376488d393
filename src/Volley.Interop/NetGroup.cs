using System.Runtime.InteropServices;
using Volley.Interop.Text;

namespace Volley.Interop;

/// <summary>Netgroups, read by the C library from the sources in nsswitch.conf(5).</summary>
internal static partial class NetGroup
{
    /// <summary>Returns the hosts of a group. An unknown group is empty, since the C library does not distinguish the two.</summary>
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

    [LibraryImport("libc", EntryPoint = "setnetgrent",
        StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Begin(string group);

    [LibraryImport("libc", EntryPoint = "getnetgrent")]
    private static partial int Next(out nint host, out nint user, out nint domain);

    [LibraryImport("libc", EntryPoint = "endnetgrent")]
    private static partial void End();
}
