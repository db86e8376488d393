using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli;

/// <summary>The address space that the program needs. Too little of it would end a run in the middle, when a thread can't be started.</summary>
internal static class AddressSpace
{
    /// <summary>
    /// The garbage collector reserves most of a limited address space when the program starts, and the stacks of threads need 8 MiB each
    /// of the rest. With 1 GB, runs fail; with 2 GB there are more than 400 MB left.
    /// </summary>
    private const ulong Needed = 2_000_000 * 1024UL;

    /// <summary>Writes an error if the limit is too low. It starts no thread, which could fail.</summary>
    /// <returns>Whether there is enough.</returns>
    public static unsafe bool IsEnough()
    {
        var limit = Posix.AddressSpaceLimit();
        if (limit >= Needed)
            return true;
        var text = Encoding.UTF8.GetBytes(
            $"volley: the limit of address space is {limit / 1024} kB, and {Needed / 1024} kB are needed; raise it with: ulimit -v {Needed / 1024}; to bound memory, use a cgroup\n");
        fixed (byte* first = text)
            _ = Posix.Write(2, first, (nuint)text.Length);
        return false;
    }
}
