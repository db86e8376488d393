using System.Collections.Concurrent;
using Volley.Ssh.Blocking;
using Volley.Ssh.Config;
using Volley.Ssh.Keys;
using Volley.Ssh.Text;

namespace Volley.Ssh.Authentication;

/// <summary>
/// The identities of a run: files are read and decrypted once, agents asked once for what they hold, however many hosts
/// there are. Safe for use from several threads. Disposing it zeroes the keys.
/// </summary>
/// <param name="agentLimit">How long an agent's answer may take; null for 5 s.</param>
public sealed class Identities(TimeSpan? agentLimit = null) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<IdentityFile>> _files = [];
    private readonly ConcurrentDictionary<string, BlockingCall<bool>> _reading = [];
    private readonly ConcurrentDictionary<string, KeyCertificate?> _certificates = [];
    private readonly ConcurrentDictionary<string, AgentClient> _agents = [];
    private readonly ConcurrentBag<IDisposable> _owned = [];
    private readonly ConcurrentDictionary<string, IReadOnlyList<UserKey>> _keys = [];
    private volatile bool _isDisposed;

    /// <summary>
    /// What is tried for a host, in ssh's order: certificates that are configured; keys of the agent that are configured;
    /// its other keys; keys that are configured and not with the agent. Beside a key comes its certificate.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<IReadOnlyList<UserKey>> GetKeysAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var key = string.Join('\0', [settings.IdentityAgent ?? "", settings.IdentitiesOnly ? "only" : "", .. settings.IdentityFiles, "", .. settings.CertificateFiles]);
        if (_keys.TryGetValue(key, out var known))
            return known;
        await ReadFilesAsync(settings, cancellationToken).ConfigureAwait(false);
        var held = Agent(settings) is { } agent ? await agent.GetKeysAsync(cancellationToken).ConfigureAwait(false) : [];
        return _keys.GetOrAdd(key, _ => Arrange(settings, held));
    }

    /// <summary>
    /// The files of a host that need a passphrase, because no agent holds their keys. Those that are tried because none is
    /// configured count only where there is no other key.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<IReadOnlyList<IdentityFile>> GetLockedAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        await ReadFilesAsync(settings, cancellationToken).ConfigureAwait(false);
        var files = settings.IdentityFiles.Select(File).ToList();
        var locked = files.Where(file => file.IsLocked).ToList();
        if (locked.Count == 0)
            return locked;
        var held = Agent(settings) is { } agent ? await agent.GetKeysAsync(cancellationToken).ConfigureAwait(false) : [];
        // Nobody has named the default files: where there are other keys, one of those is meant to be.
        if (settings.HasDefaultIdentityFiles && (held.Count > 0 || files.Any(file => file.Key is not null)))
            return [];
        return [.. locked.Where(file => !held.Any(key => IsSame(key.PublicBlob, file.PublicBlob)))];
    }

    /// <summary>What is wrong with a host's identities: files that are refused, keys that are locked, an agent that is given up. ssh says so, too.</summary>
    public IReadOnlyList<string> GetTroubles(SshHostSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var troubles = new List<string>();
        // Files that were never read, because the login did not get so far, have no part in its end.
        foreach (var file in settings.IdentityFiles.Select(ReadFile).OfType<IdentityFile>())
        {
            // One of the default files that is not there is nothing to speak of, nor one whose key an agent holds.
            if (file.Trouble is { } trouble && (file.Exists || (!settings.HasDefaultIdentityFiles && file.PublicBlob is null)))
                troubles.Add(trouble);
            else if (file.IsLocked)
                troubles.Add($"{file.Path} is encrypted, and nobody has given its passphrase");
        }

        if (Agent(settings)?.Trouble is { } agentTrouble)
            troubles.Add(agentTrouble);
        return troubles;
    }

    /// <summary>
    /// The types of a host's keys that need no passphrase, are with no agent, and are of a kind that is not served: another
    /// program may be able to use them. One whose type its file does not tell is ssh-dss, the only other kind that ssh knew in PEM.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<IReadOnlyList<string>> GetForeignTypesAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        await ReadFilesAsync(settings, cancellationToken).ConfigureAwait(false);
        var foreign = settings.IdentityFiles.Select(File).Where(file => file.IsForeign).ToList();
        if (foreign.Count == 0)
            return [];
        var keys = await GetKeysAsync(settings, cancellationToken).ConfigureAwait(false);
        return
        [
            .. foreign.Where(file => !keys.Any(key => IsSame(key.PublicBlob, file.PublicBlob)))
                .Select(file => file.PublicBlob is { } blob ? new KeyFields(blob, file.Path).Name() : "ssh-dss"),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var owned in _owned)
            owned.Dispose();
        foreach (var path in _files.Keys)
            ReadFile(path)?.Dispose();
        foreach (var agent in _agents.Values)
            agent.Dispose();
    }

    private static bool IsSame(ReadOnlyMemory<byte> blob, byte[]? other) => other is not null && blob.Span.SequenceEqual(other);

    private IdentityFile File(string path) => _files.GetOrAdd(path, static path => new(() => new IdentityFile(path))).Value;

    /// <summary>A file, if it was read; a file system that does not answer blocks nothing here.</summary>
    private IdentityFile? ReadFile(string path) => _files.TryGetValue(path, out var file) && file.IsValueCreated ? file.Value : null;

    /// <summary>Reads the files of a host, off the caller's thread. Hosts with the same files share the read.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    private async ValueTask ReadFilesAsync(SshHostSettings settings, CancellationToken cancellationToken)
    {
        if (settings.IdentityFiles.All(path => ReadFile(path) is not null) && settings.CertificateFiles.All(_certificates.ContainsKey))
            return;
        var reading = _reading.GetOrAdd(
            string.Join('\0', [.. settings.IdentityFiles, "", .. settings.CertificateFiles]),
            static (_, read) => BlockingWork.Files.Start(read), () => ReadAll(settings));
        try
        {
            await reading.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new BlockedException($"reading {string.Join(", ", settings.IdentityFiles.Concat(settings.CertificateFiles))}", cancellationToken);
        }
    }

    private bool ReadAll(SshHostSettings settings)
    {
        foreach (var path in settings.IdentityFiles)
        {
            var file = File(path);
            // Nobody is left who would zero it.
            if (_isDisposed)
                file.Dispose();
        }

        foreach (var path in settings.CertificateFiles)
            _certificates.GetOrAdd(path, IdentityFile.ReadCertificate);
        return true;
    }

    private AgentClient? Agent(SshHostSettings settings)
    {
        var path = settings.IdentityAgent ?? SystemEnvironment.Variable("SSH_AUTH_SOCK");
        return string.IsNullOrEmpty(path) || AsciiText.ToLower(path) == "none" ? null : _agents.GetOrAdd(path, path => new AgentClient(path, agentLimit));
    }

    private List<UserKey> Arrange(SshHostSettings settings, IReadOnlyList<UserKey> held)
    {
        var files = settings.IdentityFiles.Select(File).ToList();
        var keys = new List<UserKey>();
        foreach (var path in settings.CertificateFiles)
        {
            if (_certificates.GetValueOrDefault(path) is { } certificate && Signer(certificate, files, held) is { } signer)
                keys.Add(Own(new CertifiedKey(certificate, signer, path)));
        }

        // As ssh has it, those beside the keys count only where none is configured.
        var entries = files.SelectMany(file => Entries(file, withCertificate: settings.CertificateFiles.IsEmpty)).ToList();
        var taken = new HashSet<(IdentityFile, bool)>();
        var others = new List<UserKey>();
        foreach (var key in held)
        {
            if (entries.FindIndex(entry => !taken.Contains((entry.File, entry.IsCertificate)) && IsSame(key.PublicBlob, entry.Blob)) is >= 0 and var at)
            {
                taken.Add((entries[at].File, entries[at].IsCertificate));
                keys.Add(key);
            }
            else if (!settings.IdentitiesOnly)
            {
                others.Add(key);
            }
        }

        keys.AddRange(others);
        foreach (var (file, isCertificate, _) in entries)
        {
            if (taken.Contains((file, isCertificate)))
                continue;
            if (!isCertificate && file.Key is { } plain)
                keys.Add(plain);
            else if (isCertificate && Signer(file.Certificate!, files, held) is { } signer)
                keys.Add(Own(new CertifiedKey(file.Certificate!, signer, file.Path)));
        }

        return keys;
    }

    private static IEnumerable<(IdentityFile File, bool IsCertificate, byte[]? Blob)> Entries(IdentityFile file, bool withCertificate)
    {
        yield return (file, false, file.PublicBlob);
        if (withCertificate && file.Certificate is { } certificate)
            yield return (file, true, certificate.Blob.ToArray());
    }

    /// <summary>What has the private key of a certificate.</summary>
    private static UserKey? Signer(KeyCertificate certificate, List<IdentityFile> files, IReadOnlyList<UserKey> held)
    {
        var blob = certificate.CertifiedBlob.ToArray();
        return held.FirstOrDefault(key => IsSame(key.PublicBlob, blob))
            ?? files.FirstOrDefault(file => file.Key is { } key && IsSame(key.PublicBlob, blob))?.Key;
    }

    private CertifiedKey Own(CertifiedKey key)
    {
        _owned.Add(key);
        return key;
    }
}
