using Volley.Ssh.Auth;
using Volley.Ssh.Config;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh.HostKeys;

/// <summary>Checks the key of one host against the known_hosts files, as ssh does.</summary>
/// <param name="policy">The host and the strictness of the check.</param>
/// <param name="files">The files of the run.</param>
/// <param name="callback">Decides in place of the strictness; null for none.</param>
/// <param name="time">The clock for the validity of certificates; the system clock if null.</param>
/// <param name="questions">Asks about an unknown key if the strictness is to ask; null to reject it.</param>
internal sealed class HostKeyChecker(
    HostKeyRules policy, KnownHosts files, SshHostKeyCallback? callback = null, TimeProvider? time = null, LoginQuestions? questions = null)
{
    private readonly string _name = policy.Name;

    private List<KnownHostLine>? _known;

    /// <summary>Whether a changed key was accepted (StrictHostKeyChecking no). Then no password may be sent.</summary>
    public bool HasAcceptedChangedKey { get; private set; }

    /// <summary>The result of recording the key; null if the key was not new, or there is no file to record it in.</summary>
    public SshHostKeyRecording? Recording { get; private set; }

    /// <summary>Reads the files, unless another host has. Otherwise <see cref="Order"/> reads them, and blocks.</summary>
    /// <exception cref="OperationCanceledException">The token fired. A hanging file system blocks only this call.</exception>
    public ValueTask ReadFilesAsync(CancellationToken cancellationToken = default) => files.ReadAsync(policy, cancellationToken);

    /// <summary>Moves the algorithms to the front with which the host can prove a known key. Otherwise the order is unchanged.</summary>
    /// <param name="algorithms">Host key algorithms in order of preference.</param>
    /// <exception cref="SshException">A known_hosts file can't be read.</exception>
    public IReadOnlyList<string> Order(IReadOnlyList<string> algorithms)
    {
        ArgumentNullException.ThrowIfNull(algorithms);
        var known = Known();
        if (known.Count == 0 && HasPortInName)
            known = Find(AsciiText.ToLower(policy.Host));
        var hasAuthority = known.Any(line => line.Marker == KnownHostMarker.Authority);
        var types = known.Where(line => line.Marker == KnownHostMarker.None).Select(line => line.KeyType).ToHashSet();
        return [.. algorithms.OrderBy(algorithm => IsFirst(algorithm) ? 0 : 1)];

        bool IsFirst(string algorithm) => KeyTypes.IsCertificate(algorithm) ? hasAuthority : types.Contains(KeyTypes.FromAlgorithm(algorithm));
    }

    /// <summary>Checks a key. Records a new one if the policy requires it.</summary>
    /// <exception cref="SshException">
    /// The key is rejected: <see cref="SshFailure.HostKeyRejected"/>. The message has the reason, its place, and what to do.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token fired while another process had locked the file.</exception>
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
            complaint = certificate.WhyNotSignedSo(policy.CaSignatureAlgorithms)
                ?? certificate.WhyNotHost(AsciiText.ToLower(policy.Alias ?? policy.Host), (time ?? TimeProvider.System).GetUtcNow());
            if (complaint is null)
            {
                if (callback is not null)
                    await AskAsync(prompt => DecideAsync(callback, prompt, cancellationToken), certified, isCertified: true, cancellationToken)
                        .ConfigureAwait(false);
                return;
            }

            complaint = $"; its certificate, by the authority of {authority.Place}, does not count: {complaint}";
        }

        // As in ssh, the certificate is ignored, and the certified key is looked up.
        await CheckKeyAsync(certified, complaint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Returns the line of the certificate's authority. As in ssh, a line for the host without a port applies to all ports, if there is none for
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
        if (callback is not null)
        {
            await AskAsync(prompt => DecideAsync(callback, prompt, cancellationToken), key, isCertified: false, cancellationToken).ConfigureAwait(false);
            return;
        }

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
        if (IsKnownWithoutPort(key))
            return;
        var type = ReadType(key);
        if (policy.Checking == SshHostKeyPolicy.Ask)
        {
            if (questions is null)
                throw Unanswered(type, KeyTypes.Fingerprint(key), complaint);
            await AskAsync(prompt => AskUserAsync(questions, prompt, key, complaint, cancellationToken), key, isCertified: false, cancellationToken)
                .ConfigureAwait(false);
            return;
        }

        if (policy.Checking == SshHostKeyPolicy.Strict)
        {
            throw new SshException(
                SshFailure.HostKeyRejected,
                $"No {KeyTypes.DisplayName(type)} host key is known for {_name} and you have requested strict checking{complaint}");
        }

        if (!policy.UserFiles.IsEmpty)
            await RecordAsync(key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the application about a key. Only one connection to a host asks at a time.</summary>
    private async ValueTask AskAsync(
        Func<SshHostKeyPrompt, ValueTask<SshHostKeyDecision>> decide, byte[] key, bool isCertified, CancellationToken cancellationToken)
    {
        var gate = files.Prompts(_name);
        await gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // The connection that has asked before may have recorded the key.
            _known = null;
            var status = isCertified ? SshHostKeyStatus.Known : GetStatus(key);
            var prompt = new SshHostKeyPrompt(
                policy.Host, policy.Port, key, status, status == SshHostKeyStatus.Unknown ? (IReadOnlyList<string>)policy.UserFiles : []);
            // The application may block, so it never runs on the thread that watches the sockets.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            switch (await decide(prompt).ConfigureAwait(false))
            {
                case SshHostKeyDecision.AcceptOnce:
                    break;
                case SshHostKeyDecision.AcceptAndRecord:
                    if (prompt.Files.Count > 0)
                        await RecordAsync(key, cancellationToken).ConfigureAwait(false);
                    break;
                case SshHostKeyDecision.Reject:
                    throw Rejected(prompt, "was rejected by the application");
                case var other:
                    throw Rejected(prompt, $"was not accepted: the application's callback returned {(int)other}, which is no {nameof(SshHostKeyDecision)}");
            }
        }
        finally
        {
            gate.Leave();
        }
    }

    /// <summary>Asks the user about a key that is not known. As with ssh, its fingerprint is an answer too.</summary>
    private async ValueTask<SshHostKeyDecision> AskUserAsync(
        LoginQuestions ask, SshHostKeyPrompt prompt, byte[] key, string? complaint, CancellationToken cancellationToken)
    {
        // Another connection to the host may have asked and recorded the key.
        if (prompt.Status == SshHostKeyStatus.Known)
            return SshHostKeyDecision.AcceptOnce;
        if (prompt.Status == SshHostKeyStatus.Changed)
            throw Changed(key, [.. Known().Where(line => line.Marker == KnownHostMarker.None)]);
        var description = $"the {KeyTypes.DisplayName(prompt.KeyType)} host key of {_name} is not known{complaint}\nits fingerprint is {prompt.Fingerprint}";
        return await ask.AskHostKeyAsync(description, prompt.Fingerprint, cancellationToken).ConfigureAwait(false) switch
        {
            true => SshHostKeyDecision.AcceptAndRecord,
            false => throw Rejected(prompt, "was not accepted: the answer was neither yes nor its fingerprint"),
            null => throw Unanswered(prompt.KeyType, prompt.Fingerprint, complaint),
        };
    }

    private SshException Unanswered(string type, string fingerprint, string? complaint) => new(
        SshFailure.HostKeyRejected,
        $"No {KeyTypes.DisplayName(type)} host key is known for {_name}{complaint}, and the question whether to accept {fingerprint} has no answer")
    {
        HasUnansweredPrompt = true,
    };

    private async ValueTask<SshHostKeyDecision> DecideAsync(SshHostKeyCallback ask, SshHostKeyPrompt prompt, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(prompt, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw Rejected(prompt, $"was not accepted: the application's callback failed: {failure.GetType().Name}: {failure.Message}", failure);
        }
    }

    private SshException Rejected(SshHostKeyPrompt prompt, string reason, Exception? innerException = null) => new(
        SshFailure.HostKeyRejected, $"the {KeyTypes.DisplayName(prompt.KeyType)} host key of {_name} {reason} ({prompt.Fingerprint})", innerException);

    private SshHostKeyStatus GetStatus(byte[] key)
    {
        var known = Known();
        RefuseRevoked(known, key);
        if (IsIn(known, key))
            return SshHostKeyStatus.Known;
        if (known.Any(line => line.Marker == KnownHostMarker.None))
            return SshHostKeyStatus.Changed;
        return IsKnownWithoutPort(key) ? SshHostKeyStatus.Known : SshHostKeyStatus.Unknown;
    }

    /// <summary>Returns what the known hosts say about a key, and where. Another type than the known ones is new, not changed.</summary>
    public (SshHostKeyStatus Status, string? Place) Describe(byte[] key)
    {
        var lines = Known().Where(line => line.Marker == KnownHostMarker.None).ToList();
        if (lines.Find(line => line.Blob.AsSpan().SequenceEqual(key)) is { } known)
            return (SshHostKeyStatus.Known, known.Place);
        if (lines.Count == 0 && IsKnownWithoutPort(key))
            return (SshHostKeyStatus.Known, null);
        var type = ReadType(key);
        return lines.Find(line => line.KeyType == type) is { } other ? (SshHostKeyStatus.Changed, other.Place) : (SshHostKeyStatus.Unknown, null);
    }

    /// <summary>Returns whether an entry without a port has the key: it is from before ports were part of names.</summary>
    private bool IsKnownWithoutPort(byte[] key)
    {
        if (!HasPortInName)
            return false;
        var plain = Find(AsciiText.ToLower(policy.Host));
        RefuseRevoked(plain, key);
        return IsIn(plain, key);
    }

    private async ValueTask RecordAsync(byte[] key, CancellationToken cancellationToken)
    {
        var result = await files.File(policy.UserFiles[0]).RecordAsync(_name, policy.HashesNames, key, cancellationToken).ConfigureAwait(false);
        if (result.IsNew)
            Recording = new(ReadType(key), policy.UserFiles[0], result.Failure);
        RefuseRevoked(result.Lines, key);
        // Another process may have recorded another key first.
        if (!IsIn(result.Lines, key))
            PassOrRefuse(key, [.. result.Lines.Where(line => line.Marker == KnownHostMarker.None)]);
    }

    private void PassOrRefuse(byte[] key, List<KnownHostLine> known)
    {
        if (callback is not null || policy.Checking != SshHostKeyPolicy.AcceptAny)
            throw Changed(key, known);
        HasAcceptedChangedKey = true;
    }

    private SshException Changed(byte[] key, List<KnownHostLine> known)
    {
        var type = ReadType(key);
        // Names the changed key of the same type, or the first key if there is none, as ssh does.
        var line = known.FirstOrDefault(line => line.KeyType == type) ?? (known.Count > 0 ? known[0] : null);
        return new(SshFailure.HostKeyRejected, line is null
            ? $"the {KeyTypes.DisplayName(type)} host key differs from the known one"
            : $"host key changed ({line.Place}); if the change is expected, remove the old one with: ssh-keygen -f {Quoted(line.File)} -R {Quoted(_name)}");
    }

    /// <summary>Quotes a text as in ssh's own advice.</summary>
    private static string Quoted(string text) => $"\"{text}\"";

    /// <summary>Rejects an RSA key that is shorter than RequiredRSASize, even if it is known.</summary>
    private void RefuseShort(ReadOnlySpan<byte> key)
    {
        if (RsaKeySize.Read(key) is { } bits && bits < policy.RequiredRsaSize)
        {
            throw new SshException(
                SshFailure.HostKeyRejected,
                $"the RSA host key has {bits} bits, and RequiredRSASize is {policy.RequiredRsaSize}; "
                + "give the host a longer key, or set RequiredRSASize for it");
        }
    }

    /// <summary>Rejects a key that RevokedHostKeys lists, even if it is known.</summary>
    private void RefuseListed(ReadOnlySpan<byte> key)
    {
        if (policy.RevokedFile is { } file && files.Revoked(file).FindPlace(key) is { } place)
            throw Revoked(ReadType(key), place);
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
        SshFailure.HostKeyRejected,
        $"the {KeyTypes.DisplayName(type)} key of {_name} is marked as revoked ({place}); do not connect; ask the host's administrator");

    private static bool IsIn(IReadOnlyList<KnownHostLine> known, byte[] key) =>
        known.Any(line => line.Marker == KnownHostMarker.None && line.Blob.AsSpan().SequenceEqual(key));

    private static string ReadType(ReadOnlySpan<byte> key) => new SshReader(key, "the host key").ReadName();

    private List<KnownHostLine> Known() => _known ??= Find(_name);

    private List<KnownHostLine> Find(string name)
    {
        var found = new List<KnownHostLine>();
        foreach (var path in policy.UserFiles.Concat(policy.GlobalFiles))
            found.AddRange(files.File(path).Find(name));
        return found;
    }
}
