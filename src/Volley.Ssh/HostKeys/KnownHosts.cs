using System.Collections.Concurrent;

namespace Volley.Ssh.HostKeys;

/// <summary>The files of known hosts of a run: each is read and parsed once, however many hosts are looked up in it. Safe for use from several threads.</summary>
public sealed class KnownHosts
{
    private readonly ConcurrentDictionary<string, Lazy<KnownHostsFile>> _files = [];

    /// <exception cref="SshException">The file can't be read.</exception>
    internal KnownHostsFile File(string path)
    {
        try
        {
            return _files.GetOrAdd(path, static path => new(() => KnownHostsFile.Read(path))).Value;
        }
        catch (SshException unreadable)
        {
            throw unreadable.Again();
        }
    }
}
