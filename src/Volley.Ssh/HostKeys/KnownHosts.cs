using System.Collections.Concurrent;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// The files of known hosts, and of revoked keys, of a run: each is read and parsed once, however many hosts are looked up
/// in it. Safe for use from several threads.
/// </summary>
public sealed class KnownHosts
{
    private readonly ConcurrentDictionary<string, Lazy<KnownHostsFile>> _files = [];

    private readonly ConcurrentDictionary<string, Lazy<RevokedKeys>> _revoked = [];

    /// <exception cref="SshException">The file can't be read.</exception>
    internal KnownHostsFile File(string path) =>
        Again(() => _files.GetOrAdd(path, static path => new(() => KnownHostsFile.Read(path))).Value);

    /// <exception cref="SshException">The file can't be read.</exception>
    internal RevokedKeys Revoked(string path) =>
        Again(() => _revoked.GetOrAdd(path, static path => new(() => RevokedKeys.Read(path))).Value);

    private static T Again<T>(Func<T> get)
    {
        try
        {
            return get();
        }
        catch (SshException unreadable)
        {
            throw unreadable.Again();
        }
    }
}
