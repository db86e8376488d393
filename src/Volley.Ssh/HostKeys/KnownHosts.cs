using System.Collections.Concurrent;
using Volley.Ssh.Blocking;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// The files of known hosts, and of revoked keys, of a run: each is read and parsed once, however many hosts are looked up
/// in it. Safe for use from several threads.
/// </summary>
public sealed class KnownHosts
{
    private readonly ConcurrentDictionary<string, Lazy<KnownHostsFile>> _files = [];

    private readonly ConcurrentDictionary<string, Lazy<RevokedKeys>> _revoked = [];

    private readonly ConcurrentDictionary<string, BlockingCall<bool>> _reading = [];

    /// <summary>
    /// Reads the files of a policy that were not read yet, so that <see cref="File"/> and <see cref="Revoked"/> do not block. Hosts
    /// with the same files share the read. A file that can't be read is reported where it is looked at.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired; a file system that does not answer holds up nothing else.</exception>
    internal async ValueTask ReadAsync(HostKeyPolicy policy, CancellationToken cancellationToken)
    {
        if (IsRead(policy))
            return;
        string[] paths = [.. policy.UserFiles, .. policy.GlobalFiles, .. policy.RevokedFile is { } revoked ? [revoked] : Array.Empty<string>()];
        var reading = _reading.GetOrAdd(string.Join('\0', paths), static (_, read) => BlockingWork.Files.Start(read), () => ReadAll(policy));
        try
        {
            await reading.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new BlockedException($"reading {string.Join(", ", paths)}", cancellationToken);
        }
    }

    /// <exception cref="SshException">The file can't be read.</exception>
    internal KnownHostsFile File(string path) =>
        Again(() => _files.GetOrAdd(path, static path => new(() => KnownHostsFile.Read(path))).Value);

    /// <exception cref="SshException">The file can't be read.</exception>
    internal RevokedKeys Revoked(string path) =>
        Again(() => _revoked.GetOrAdd(path, static path => new(() => RevokedKeys.Read(path))).Value);

    private bool IsRead(HostKeyPolicy policy)
    {
        foreach (var path in policy.UserFiles)
        {
            if (!_files.TryGetValue(path, out var file) || !file.IsValueCreated)
                return false;
        }

        foreach (var path in policy.GlobalFiles)
        {
            if (!_files.TryGetValue(path, out var file) || !file.IsValueCreated)
                return false;
        }

        return policy.RevokedFile is not { } revoked || (_revoked.TryGetValue(revoked, out var list) && list.IsValueCreated);
    }

    /// <summary>A failure is kept with the file, and thrown by whatever looks at it.</summary>
    private bool ReadAll(HostKeyPolicy policy)
    {
        foreach (var path in policy.UserFiles.Concat(policy.GlobalFiles))
            Try(() => File(path));
        if (policy.RevokedFile is { } revoked)
            Try(() => Revoked(revoked));
        return true;

        static void Try(Func<object> read)
        {
            try
            {
                read();
            }
            catch (SshException)
            {
                // Lazy throws it again.
            }
        }
    }

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
