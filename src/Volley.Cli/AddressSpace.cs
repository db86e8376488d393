using System.Text;
using Volley.Interop;

namespace Volley.Cli;

/// <summary>Checks the limit on the address space. If it is too low, a run ends prematurely when a thread can't be started.</summary>
internal static class AddressSpace
{
    /// <summary>
    /// The required address space in bytes. The garbage collector reserves most of a limited address space at startup, and each thread needs
    /// 8 MiB of the rest for its stack. With 1 GB runs fail; with 2 GB more than 400 MB are left.
    /// </summary>
    private const ulong Needed = 2_000_000 * 1024UL;

    /// <summary>Writes an error if the limit is too low. It starts no thread, since that could fail.</summary>
    /// <returns>Whether the limit is sufficient.</returns>
    public static bool IsEnough()
    {
        var limit = Limits.AddressSpace();
        if (limit >= Needed)
            return true;
        var text = Encoding.UTF8.GetBytes(
            $"volley: the address space limit is {limit / 1024} kB, but {Needed / 1024} kB are needed; "
                + $"raise it with: ulimit -v {Needed / 1024}; to bound memory, use a cgroup\n");
        _ = Descriptor.Write(Descriptor.Standard(2), text);
        return false;
    }
}
