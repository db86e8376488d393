using Volley.Ssh.Config;
using Volley.Ssh.Keys;

namespace Volley.Ssh.HostKeys;

/// <summary>Judges the key of one host as ssh does, by the files of known hosts.</summary>
/// <param name="policy">The host and how strict we are.</param>
/// <param name="files">The files of the run.</param>
/// <param name="time">The clock that says whether a certificate is valid; null for the system's.</param>
public sealed class HostKeyChecker(HostKeyPolicy policy, KnownHosts files, TimeProvider? time = null)
{
    private readonly string _name = policy.Name;

    private List<KnownHostLine>? _known;

    /// <summary>Whether a key that is not the known one was let pass (StrictHostKeyChecking no): then no password may be sent.</summary>
    public bool HasLetAChangedKeyPass { get; private set; }

    /// <summary>What came of recording the key; null if it was not new, or there is no file to record it in.</summary>
    public HostKeyRecording? Recording { get; private set; }

    /// <summary>Reads the files, if no other host has; without it, <see cref="Order"/> reads them and blocks meanwhile.</summary>
    /// <exception cref="OperationCanceledException">The token fired; a file system that does not answer blocks only this call.</exception>
    public ValueTask ReadFilesAsync(CancellationToken cancellationToken = default) => files.ReadAsync(policy, cancellationToken);

    /// <summary>Puts the algorithms first by which the host can prove to be the one that is known; the order is ssh's otherwise.</summary>
    /// <param name="algorithms">Host key algorithms, the preferred one first.</param>
    /// <exception cref="SshException">A file of known hosts can't be read.</exception>
    public IReadOnlyList<string> Order(IReadOnlyList<string> algorithms)
    {
        ArgumentNullException.ThrowIfNull(algorithms);
        var known = Known();
        if (known.Count == 0 && HasPortInName)
            known = Find(AsciiText.ToLower(policy.Host));
        var hasAuthority = known.Any(line => line.Marker == KnownHostMarker.Authority);
        var types = known.Where(line => line.Marker == KnownHostMarker.None).Select(line => line.KeyType).ToHashSet();
        return [.. algorithms.OrderBy(algorithm => IsFirst(algorithm) ? 0 : 1)];

        bool IsFirst(string algorithm) => KeyTypes.IsCertificate(algorithm) ? hasAuthority : types.Contains(KeyTypes.OfAlgorithm(algorithm));
    }

    /// <summary>Judges a key; a new one is recorded if that is what the policy wants.</summary>
    /// <exception cref="SshException">It is refused: <see cref="SshFailure.HostKeyRejected"/>; the message says why, where that stands, and what to do.</exception>
    /// <exception cref="OperationCanceledException">The token fired while another had the file that the key is to be recorded in.</exception>
    public async ValueTask CheckAsync(HostKeyOffer offer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(offer);
        await ReadFilesAsync(cancellationToken).ConfigureAwait(false);
        var key = offer.Blob.ToArray();
        RefuseShort(key);
        if (!KeyTypes.IsCertificate(offer.Algorithm))
        {
            RefuseListed(key);
            await CheckKeyAsync(key, complaint: null, cancellationToken).ConfigureAwait(false);
            return;
        }

        var certificate = KeyCertificate.Parse(key);
        var certified = certificate.CertifiedBlob.ToArray();
        RefuseListed(certified);
        RefuseListed(certificate.AuthorityBlob.Span);
        var known = Known();
        RefuseRevoked(known, certified);
        RefuseRevoked(known, certificate.AuthorityBlob.Span);
        string? complaint = null;
        if (FindAuthority(known, certificate) is { } authority)
        {
            complaint = certificate.WhyNotSignedSo(policy.CaSignatureAlgorithms) ?? certificate.WhyNotHost(AsciiText.ToLower(policy.Alias ?? policy.Host), (time ?? TimeProvider.System).GetUtcNow());
            if (complaint is null)
                return;
            complaint = $"; its certificate, by the authority of {authority.Place}, does not count: {complaint}";
        }

        // As ssh does, the certificate is put aside, and the key is looked up by itself.
        await CheckKeyAsync(certified, complaint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The line of the certificate's authority. As in ssh, one for the host without its port serves all of its ports, if none is for
    /// the port itself.
    /// </summary>
    private KnownHostLine? FindAuthority(List<KnownHostLine> known, KeyCertificate certificate)
    {
        var authority = In(known);
        if (authority is not null || !HasPortInName)
            return authority;
        var plain = Find(AsciiText.ToLower(policy.Host));
        RefuseRevoked(plain, certificate.CertifiedBlob.Span);
        RefuseRevoked(plain, certificate.AuthorityBlob.Span);
        return In(plain);

        KnownHostLine? In(List<KnownHostLine> lines) => lines.FirstOrDefault(
            line => line.Marker == KnownHostMarker.Authority && line.Blob.AsSpan().SequenceEqual(certificate.AuthorityBlob.Span));
    }

    private bool HasPortInName => policy.Alias is null && policy.Port != SshDefaults.Port;

    private async ValueTask CheckKeyAsync(byte[] key, string? complaint, CancellationToken cancellationToken)
    {
        var known = Known();
        RefuseRevoked(known, key);
        if (IsIn(known, key))
            return;
        var others = known.Where(line => line.Marker == KnownHostMarker.None).ToList();
        if (others.Count == 0)
            await CheckNewAsync(key, complaint, cancellationToken).ConfigureAwait(false);
        else
            PassOrRefuse(key, others);
    }

    private async ValueTask CheckNewAsync(byte[] key, string? complaint, CancellationToken cancellationToken)
    {
        if (HasPortInName)
        {
            // Before ports were part of names the host was known without.
            var plain = Find(AsciiText.ToLower(policy.Host));
            RefuseRevoked(plain, key);
            if (IsIn(plain, key))
                return;
        }

        var type = TypeOf(key);
        if (policy.Checking is HostKeyChecking.Yes or HostKeyChecking.Ask)
        {
            var advice = policy.Checking == HostKeyChecking.Yes
                ? "you have requested strict checking"
                : "StrictHostKeyChecking is ask, and there is nobody to ask";
            throw new SshException(
                SshFailure.HostKeyRejected, $"No {KeyTypes.ForPeople(type)} host key is known for {_name} and {advice}{complaint}");
        }

        if (policy.UserFiles.IsEmpty)
            return;
        var result = await files.File(policy.UserFiles[0]).RecordAsync(_name, policy.HashesNames, key, cancellationToken).ConfigureAwait(false);
        if (result.IsNew)
            Recording = new(type, policy.UserFiles[0], result.Failure);
        RefuseRevoked(result.Lines, key);
        // Another process may have been faster, with another key.
        if (!IsIn(result.Lines, key))
            PassOrRefuse(key, [.. result.Lines.Where(line => line.Marker == KnownHostMarker.None)]);
    }

    private void PassOrRefuse(byte[] key, List<KnownHostLine> known)
    {
        if (policy.Checking != HostKeyChecking.No)
            throw Changed(key, known);
        HasLetAChangedKeyPass = true;
    }

    private SshException Changed(byte[] key, List<KnownHostLine> known)
    {
        var type = TypeOf(key);
        // One of the same type is the one that has changed; ssh names the first where there is none.
        var line = known.FirstOrDefault(line => line.KeyType == type) ?? (known.Count > 0 ? known[0] : null);
        return new(SshFailure.HostKeyRejected, line is null
            ? $"the {KeyTypes.ForPeople(type)} host key is not the known one"
            : $"host key changed ({line.Place}); if that is as it should be, remove the old one with: ssh-keygen -f {Quoted(line.File)} -R {Quoted(_name)}");
    }

    /// <summary>As ssh writes its own advice.</summary>
    private static string Quoted(string text) => $"\"{text}\"";

    /// <summary>RequiredRSASize goes before all that is known, too.</summary>
    private void RefuseShort(ReadOnlySpan<byte> key)
    {
        if (RsaKeySize.Of(key) is { } bits && bits < policy.RequiredRsaSize)
        {
            throw new SshException(
                SshFailure.HostKeyRejected,
                $"the RSA host key has {bits} bits, and RequiredRSASize is {policy.RequiredRsaSize}; give the host a longer key, or set RequiredRSASize for it");
        }
    }

    /// <summary>What RevokedHostKeys names goes before all that is known.</summary>
    private void RefuseListed(ReadOnlySpan<byte> key)
    {
        if (policy.RevokedFile is { } file && files.Revoked(file).PlaceOf(key) is { } place)
            throw Revoked(new KeyFields(key, "the host key").Name(), place);
    }

    private void RefuseRevoked(IReadOnlyList<KnownHostLine> known, ReadOnlySpan<byte> key)
    {
        foreach (var line in known)
        {
            if (line.Marker == KnownHostMarker.Revoked && key.SequenceEqual(line.Blob))
            {
                throw Revoked(line.KeyType, line.Place);
            }
        }
    }

    private SshException Revoked(string type, string place) => new(
        SshFailure.HostKeyRejected, $"the {KeyTypes.ForPeople(type)} key of {_name} is marked as revoked ({place}); do not connect, ask who runs the host");

    private static bool IsIn(IReadOnlyList<KnownHostLine> known, byte[] key) =>
        known.Any(line => line.Marker == KnownHostMarker.None && line.Blob.AsSpan().SequenceEqual(key));

    private static string TypeOf(byte[] key) => new KeyFields(key, "the host key").Name();

    private List<KnownHostLine> Known() => _known ??= Find(_name);

    private List<KnownHostLine> Find(string name)
    {
        var found = new List<KnownHostLine>();
        foreach (var path in policy.UserFiles.Concat(policy.GlobalFiles))
            found.AddRange(files.File(path).Find(name));
        return found;
    }
}
