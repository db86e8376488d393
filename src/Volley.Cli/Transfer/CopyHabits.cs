using Volley.Cli.Options;

namespace Volley.Cli.Transfer;

/// <summary>Refuses what scp and rsync take and what means something else here.</summary>
internal static class CopyHabits
{
    /// <summary>Checks that a path names no host.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="path">The path.</param>
    /// <param name="isLocal">Whether it is one of this machine.</param>
    /// <exception cref="UsageException">It names a host.</exception>
    public static void CheckPath(RunVerb verb, string path, bool isLocal)
    {
        var end = path.IndexOf(':', StringComparison.Ordinal);
        if (end <= 0 || path.AsSpan(0, end).ContainsAny('/', '{') || !(isLocal ? !Path.Exists(path) : true))
            return;
        var (host, rest) = (path[..end], path[(end + 1)..]);
        // A name such as 12:30.log is a file.
        if (rest.Length == 0 || rest[0] is '/' or '~' || host.Contains('@', StringComparison.Ordinal))
            throw new UsageException(
                $"{path}: a path names no host; hosts come from options: volley {verb.GetName()} -H {host} ... (for a file of this name: ./{path})");
    }

    /// <summary>Checks that <c>-a</c> is not meant as rsync means it.</summary>
    /// <exception cref="UsageException">It selects all hosts in addition to those that are named.</exception>
    public static void CheckAll(RunVerb verb, HostOptions hosts)
    {
        if (hosts.All.IsRequested && (hosts.Hosts.IsRequested || hosts.Cluster.IsRequested))
        {
            throw new UsageException(
                $"-a means all hosts, in addition to the named ones; {verb.GetName()} keeps modes and times without it "
                + "(to copy to or from all hosts: -a without -H)");
        }
    }
}
