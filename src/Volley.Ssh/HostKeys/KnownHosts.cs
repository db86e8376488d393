using System.Collections.Concurrent;
using Volley.Interop.Blocking;
using Volley.Interop.Waiting;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// The known_hosts files and revoked keys of a run. Each file is read and parsed once, however many hosts are looked up. Thread-safe.
/// </summary>
internal sealed class KnownHosts
{
    private readonly ConcurrentDictionary<string, Lazy<KnownHostsFile>> _files = [];

    private readonly ConcurrentDictionary<string, Lazy<RevokedKeys>> _revoked = [];

    private readonly ConcurrentDictionary<string, BlockingCall<bool>> _reading = [];

    private readonly ConcurrentDictionary<string, AsyncGate> _prompts = [];

    /// <summary>Returns the gate for questions about the keys of a host, so that they do not overlap.</summary>
    internal AsyncGate Prompts(string name) => _prompts.GetOrAdd(name, static _ => new AsyncGate(1));

    /// <summary>
    /// Reads the unread files of a policy, so that <see cref="File"/> and <see cref="Revoked"/> do not block. Hosts with the same files share
    /// the read. A file that can't be read is reported when it is used.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired. A hanging file system blocks only this call.</exception>
    internal async ValueTask ReadAsync(HostKeyRules policy, CancellationToken cancellationToken)
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

    /// <summary>Returns a known_hosts file.</summary>
    /// <exception cref="SshException">The file can't be read.</exception>
    internal KnownHostsFile File(string path) =>
        GetCached(() => _files.GetOrAdd(path, static path => new(() => KnownHostsFile.Read(path))).Value);

    /// <summary>Returns a file of revoked keys.</summary>
    /// <exception cref="SshException">The file can't be read.</exception>
    internal RevokedKeys Revoked(string path) =>
        GetCached(() => _revoked.GetOrAdd(path, static path => new(() => RevokedKeys.Read(path))).Value);

    private bool IsRead(HostKeyRules policy)
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

    /// <summary>Reads all files. A failure is stored with its file and thrown when the file is used.</summary>
    private bool ReadAll(HostKeyRules policy)
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
                // The lazy value throws the exception again.
            }
        }
    }

    /// <summary>Returns a cached value. A cached exception is thrown as a copy, because several callers may get it at once.</summary>
    private static T GetCached<T>(Func<T> get)
    {
        try
        {
            return get();
        }
        catch (SshException unreadable)
        {
            throw new SshException(unreadable);
        }
    }
}
