using System.Collections.Concurrent;
using Volley.Interop.Blocking;
using Volley.Interop.Text;
using Volley.Ssh.Agent;
using Volley.Ssh.Config;
using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Auth;

/// <summary>
/// The identities of a run. Files are read and decrypted once, and agents are asked once for their keys, however many hosts there are.
/// Thread-safe. Disposing it zeroes the keys.
/// </summary>
/// <param name="agentLimit">The time limit for an agent's answer; null for 5 s.</param>
internal sealed class Identities(TimeSpan? agentLimit = null) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<SshIdentityFile>> _files = [];
    private readonly ConcurrentDictionary<string, BlockingCall<bool>> _reading = [];
    private readonly ConcurrentDictionary<string, KeyCertificate?> _certificates = [];
    private readonly ConcurrentDictionary<string, AgentClient> _agents = [];
    private readonly ConcurrentBag<IDisposable> _owned = [];
    private readonly ConcurrentDictionary<string, IReadOnlyList<UserKey>> _keys = [];
    private volatile bool _isDisposed;

    /// <summary>
    /// Returns the keys to try for a host, in ssh's order: configured certificates, configured keys that the agent holds, the agent's other
    /// keys, configured keys that the agent does not hold. The certificate of a key follows the key. Keys that are shorter than RequiredRSASize
    /// are left out.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<IReadOnlyList<UserKey>> GetKeysAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var keys = await GetAllKeysAsync(settings, cancellationToken).ConfigureAwait(false);
        return settings.RequiredRsaSize == 0 ? keys : [.. keys.Where(key => !IsTooShort(key, settings))];
    }

    /// <summary>Returns the keys of a host as <see cref="GetKeysAsync"/> does, including those that are too short.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    internal async ValueTask<IReadOnlyList<UserKey>> GetAllKeysAsync(SshHostSettings settings, CancellationToken cancellationToken)
    {
        var key = string.Join(
            '\0',
            [settings.IdentityAgent ?? "", settings.IdentitiesOnly ? "only" : "", .. settings.IdentityFiles, "", .. settings.CertificateFiles]);
        if (_keys.TryGetValue(key, out var known))
            return known;
        await ReadFilesAsync(settings, cancellationToken).ConfigureAwait(false);
        var held = Agent(settings) is { } agent ? await agent.GetKeysAsync(cancellationToken).ConfigureAwait(false) : [];
        return _keys.GetOrAdd(key, _ => Arrange(settings, held));
    }

    /// <summary>
    /// Returns the files of a host that need a passphrase, because no agent holds their keys. Default files, which are tried because none is
    /// configured, count only if there is no other key.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<IReadOnlyList<SshIdentityFile>> GetLockedAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        await ReadFilesAsync(settings, cancellationToken).ConfigureAwait(false);
        var files = settings.IdentityFiles.Select(File).ToList();
        var locked = files.Where(file => file.IsLocked).ToList();
        if (locked.Count == 0)
            return locked;
        var held = Agent(settings) is { } agent ? await agent.GetKeysAsync(cancellationToken).ConfigureAwait(false) : [];
        // The user has not configured the default files, so with other keys available they need not be unlocked.
        if (settings.HasDefaultIdentityFiles && (held.Count > 0 || files.Any(file => file.Key is not null)))
            return [];
        return [.. locked.Where(file => !held.Any(key => IsSame(key.PublicBlob, file.PublicBlob)))];
    }

    /// <summary>Returns the problems with a host's identities, as ssh reports them: unusable files, locked keys, an agent that is not asked any more.</summary>
    public IReadOnlyList<string> GetProblems(SshHostSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var problems = new List<string>();
        // Skips files that were never read because the login did not get that far: they did not cause its failure.
        foreach (var file in settings.IdentityFiles.Select(ReadFile).OfType<SshIdentityFile>())
        {
            // A missing default file is not a problem, nor is a missing file whose key an agent holds.
            if (file.Problem is { } problem && (file.Exists || (!settings.HasDefaultIdentityFiles && file.PublicBlob is null)))
                problems.Add(problem);
            else if (file.IsLocked)
                problems.Add($"{file.Path} is encrypted, and its passphrase was not given");
        }

        if (Agent(settings)?.UnavailableReason is { } agentProblem)
            problems.Add(agentProblem);
        return problems;
    }

    /// <summary>
    /// Returns the types of a host's keys that need no passphrase, are in no agent, and are not supported: another program may be able to use
    /// them. A key whose type is unknown counts as ssh-dss, the only other type that ssh supported in PEM files.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<IReadOnlyList<string>> GetForeignTypesAsync(SshHostSettings settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        await ReadFilesAsync(settings, cancellationToken).ConfigureAwait(false);
        var foreign = settings.IdentityFiles.Select(File).Where(file => file.IsForeign).ToList();
        if (foreign.Count == 0)
            return [];
        var keys = await GetAllKeysAsync(settings, cancellationToken).ConfigureAwait(false);
        return
        [
            .. foreign.Where(file => !keys.Any(key => IsSame(key.PublicBlob, file.PublicBlob)))
                .Select(file => file.PublicBlob is { } blob ? new SshReader(blob, file.Path).ReadName() : "ssh-dss"),
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

    /// <summary>Returns whether an RSA key has fewer bits than RequiredRSASize.</summary>
    internal static bool IsTooShort(UserKey key, SshHostSettings settings) => RsaKeySize.Read(key.PublicBlob.Span) < settings.RequiredRsaSize;

    private static bool IsSame(ReadOnlyMemory<byte> blob, byte[]? other) => other is not null && blob.Span.SequenceEqual(other);

    private SshIdentityFile File(string path) => _files.GetOrAdd(path, static path => new(() => new SshIdentityFile(path))).Value;

    /// <summary>Returns a file if it was read. It never waits for a file system.</summary>
    private SshIdentityFile? ReadFile(string path) => _files.TryGetValue(path, out var file) && file.IsValueCreated ? file.Value : null;

    /// <summary>Reads the files of a host on another thread. Hosts with the same files share the read.</summary>
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
            // Dispose has passed, so the key is zeroed here.
            if (_isDisposed)
                file.Dispose();
        }

        foreach (var path in settings.CertificateFiles)
            _certificates.GetOrAdd(path, SshIdentityFile.ReadCertificate);
        return true;
    }

    private AgentClient? Agent(SshHostSettings settings)
    {
        const string Variable = "SSH_AUTH_SOCK";
        var path = settings.IdentityAgent ?? SystemEnvironment.Variable(Variable);
        var source = settings.IdentityAgent is null ? Variable : "IdentityAgent";
        return string.IsNullOrEmpty(path) || AsciiText.ToLower(path) == "none"
            ? null
            : _agents.GetOrAdd(path, path => new AgentClient(path, agentLimit, source: source));
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

        // As in ssh, the certificates beside the keys count only if none is configured.
        var entries = files.SelectMany(file => Entries(file, withCertificate: settings.CertificateFiles.IsEmpty)).ToList();
        var taken = new HashSet<(SshIdentityFile, bool)>();
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

    private static IEnumerable<(SshIdentityFile File, bool IsCertificate, byte[]? Blob)> Entries(SshIdentityFile file, bool withCertificate)
    {
        yield return (file, false, file.PublicBlob);
        if (withCertificate && file.Certificate is { } certificate)
            yield return (file, true, certificate.Blob.ToArray());
    }

    /// <summary>Returns the private key of a certificate, or null.</summary>
    private static UserKey? Signer(KeyCertificate certificate, List<SshIdentityFile> files, IReadOnlyList<UserKey> held)
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
