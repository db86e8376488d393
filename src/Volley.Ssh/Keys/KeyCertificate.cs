using System.Collections.Immutable;
using System.Globalization;
using Volley.Ssh.Config;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>The kinds of owners of a certificate.</summary>
internal enum CertificateRole
{
    /// <summary>A user.</summary>
    User = 1,

    /// <summary>A host.</summary>
    Host = 2,
}

/// <summary>An OpenSSH certificate (PROTOCOL.certkeys): a key that an authority has signed, together with its owner and its period of validity.</summary>
internal sealed class KeyCertificate
{
    /// <summary>The authorities' signature algorithms that can be verified here. SHA-1 is not supported.</summary>
    private static ImmutableArray<string> AuthorityAlgorithms => KeyAlgorithm.SupportedNames;

    /// <summary>ssh's default for CASignatureAlgorithms.</summary>
    private static readonly string[] DefaultAuthorityAlgorithms =
        [.. AuthorityAlgorithms, .. KeyAlgorithm.SecurityKeyNames];

    /// <summary>All algorithms that ssh supports.</summary>
    private static readonly string[] SshAuthorityAlgorithms = [.. DefaultAuthorityAlgorithms, RsaPublicKey.TypeName, "ssh-dss"];

    private readonly int _signedLength;
    private readonly byte[] _signature;

    private KeyCertificate(ReadOnlySpan<byte> blob)
    {
        var fields = new SshReader(blob, "the certificate");
        Blob = blob.ToArray();
        Type = fields.ReadName();
        if (!KeyTypes.IsCertificate(Type))
            throw new SshException(SshFailure.UnusableKey, $"{Type} is not a certificate");
        // Skips the nonce.
        fields.ReadString();
        CertifiedBlob = ReadKey(ref fields, KeyTypes.Plain(Type));
        Serial = fields.ReadUInt64();
        Role = (CertificateRole)fields.ReadUInt32();
        KeyId = fields.ReadText();
        Principals = ReadPrincipals(fields.ReadString());
        ValidAfter = fields.ReadUInt64();
        ValidBefore = fields.ReadUInt64();
        CriticalOptions = ReadOptions(fields.ReadString());
        // Skips the extensions and a reserved field.
        fields.ReadString();
        fields.ReadString();
        AuthorityBlob = fields.ReadString().ToArray();
        _signedLength = fields.Position;
        _signature = fields.ReadString().ToArray();
        fields.CheckEnd();
        if (Role is not (CertificateRole.User or CertificateRole.Host))
            throw fields.Invalid();
    }

    /// <summary>The type, such as ssh-ed25519-cert-v01@openssh.com.</summary>
    public string Type { get; }

    /// <summary>The whole certificate in SSH's encoding.</summary>
    public ReadOnlyMemory<byte> Blob { get; }

    /// <summary>The certified key in SSH's encoding.</summary>
    public ReadOnlyMemory<byte> CertifiedBlob { get; }

    /// <summary>The key of the authority that signed the certificate, in SSH's encoding.</summary>
    public ReadOnlyMemory<byte> AuthorityBlob { get; }

    /// <summary>The serial number that the authority has assigned.</summary>
    public ulong Serial { get; }

    /// <summary>Whether the certificate is for a user or a host.</summary>
    public CertificateRole Role { get; }

    /// <summary>The authority's name for the certificate.</summary>
    public string KeyId { get; }

    /// <summary>The user names, or patterns of host names, for which it is valid. A host certificate without any is valid for no host.</summary>
    public ImmutableArray<string> Principals { get; }

    /// <summary>The first second in which it is valid, in seconds since 1970 in UTC.</summary>
    public ulong ValidAfter { get; }

    /// <summary>The first second in which it is no longer valid, in seconds since 1970 in UTC; the largest number for never.</summary>
    public ulong ValidBefore { get; }

    /// <summary>The names of the critical options. A certificate with an unknown one must not be accepted.</summary>
    public ImmutableArray<string> CriticalOptions { get; }

    /// <summary>Parses a certificate. It is not verified: see <see cref="WhyNotHost"/>.</summary>
    /// <exception cref="SshException">The certificate is invalid: <see cref="SshFailure.UnusableKey"/>.</exception>
    public static KeyCertificate Parse(ReadOnlySpan<byte> blob) => new(blob);

    /// <summary>
    /// Returns why the certificate does not prove the identity of a host; null if it does. The caller must check that its authority is
    /// trusted.
    /// </summary>
    /// <param name="host">The host name, in lower case, without a port.</param>
    /// <param name="now">The current time.</param>
    public string? WhyNotHost(string host, DateTimeOffset now)
    {
        if (Role != CertificateRole.Host)
            return "it is a user's";
        if (WhyNotNow(now) is { } reason)
            return reason;
        // As in OpenSSH 10.3, a certificate without principals is valid for no host.
        if (Principals.IsEmpty)
            return "it names no host";
        if (!Principals.Any(principal => Wildcard.Matches(host, principal)))
            return $"it is for {string.Join(',', Principals)}";
        // There are no critical options for hosts.
        if (!CriticalOptions.IsEmpty)
            return $"it has a critical option that is not known: {CriticalOptions[0]}";
        return IsSignedByItsAuthority() ? null : "its signature is wrong";
    }

    /// <summary>
    /// Returns why the certificate does not prove the identity of a user; null if it does. The caller must check that its authority is trusted, and
    /// its <see cref="Principals"/>.
    /// </summary>
    /// <param name="now">The current time.</param>
    public string? WhyNotUser(DateTimeOffset now)
    {
        if (Role != CertificateRole.User)
            return "it is a host's";
        if (WhyNotNow(now) is { } reason)
            return reason;
        // The known ones restrict what a login may do or where it comes from, which says nothing about a signature.
        if (CriticalOptions.FirstOrDefault(option => option is not ("force-command" or "source-address" or "verify-required")) is { } unknown)
            return $"it has a critical option that is not known: {unknown}";
        return IsSignedByItsAuthority() ? null : "its signature is wrong";
    }

    private string? WhyNotNow(DateTimeOffset now)
    {
        var seconds = (ulong)Math.Max(0, now.ToUnixTimeSeconds());
        if (seconds < ValidAfter)
            return $"it is not valid before {Time(ValidAfter)}";
        return seconds >= ValidBefore ? $"it has expired at {Time(ValidBefore)}" : null;
    }

    /// <summary>Returns whether the signature is that of the authority which the certificate names.</summary>
    public bool IsSignedByItsAuthority()
    {
        try
        {
            // The authority's key can't be a certificate itself.
            using var authority = PublicKey.Parse(AuthorityBlob.Span);
            return SignatureAlgorithm is { } algorithm && AuthorityAlgorithms.Contains(algorithm) && authority.SignatureAlgorithms.Contains(algorithm)
                && authority.Verify(algorithm, Blob.Span[.._signedLength], _signature);
        }
        catch (SshException)
        {
            return false;
        }
    }

    /// <summary>Returns why CASignatureAlgorithms does not allow the authority's signature; null if it does.</summary>
    /// <param name="configured">The configured list; null for ssh's default.</param>
    /// <exception cref="SshException">ssh allows the signature, but it can't be verified here: <see cref="SshFailure.UnusableKey"/>.</exception>
    internal string? WhyNotSignedSo(SshAlgorithmList? configured)
    {
        if (SignatureAlgorithm is not { } algorithm)
            return "its signature is wrong";
        if (!(configured?.Apply(DefaultAuthorityAlgorithms, SshAuthorityAlgorithms) ?? [.. DefaultAuthorityAlgorithms]).Contains(algorithm))
            return $"it is signed by {algorithm}, which CASignatureAlgorithms does not allow";
        return AuthorityAlgorithms.Contains(algorithm)
            ? null
            : throw new SshException(SshFailure.UnusableKey, $"the certificate is signed by {algorithm}, which is not supported");
    }

    /// <summary>The algorithm of the authority's signature; null if the signature is damaged.</summary>
    private string? SignatureAlgorithm
    {
        get
        {
            try
            {
                return new SshReader(_signature, "the signature").ReadName();
            }
            catch (SshException)
            {
                return null;
            }
        }
    }

    private static string Time(ulong seconds) => seconds > (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        ? "the end of time"
        : DateTimeOffset.FromUnixTimeSeconds((long)seconds).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Returns the certified key, whose fields in the certificate are those of the key itself.</summary>
    private static byte[] ReadKey(ref SshReader fields, string plainType)
    {
        var count = KeyAlgorithm.FindByKeyType(plainType)?.FieldCount ?? throw new SshException(SshFailure.UnusableKey, $"{plainType} is not supported");
        var key = SshWriter.WithoutNumber(1024);
        key.WriteText(plainType);
        for (var i = 0; i < count; i++)
            key.WriteString(fields.ReadString());
        return key.ToArray();
    }

    private static ImmutableArray<string> ReadPrincipals(ReadOnlySpan<byte> packed)
    {
        var fields = new SshReader(packed, "the certificate");
        var principals = ImmutableArray.CreateBuilder<string>();
        while (!fields.Rest.IsEmpty)
            principals.Add(fields.ReadText());
        return principals.ToImmutable();
    }

    private static ImmutableArray<string> ReadOptions(ReadOnlySpan<byte> packed)
    {
        var fields = new SshReader(packed, "the certificate");
        var names = ImmutableArray.CreateBuilder<string>();
        while (!fields.Rest.IsEmpty)
        {
            names.Add(fields.ReadText());
            fields.ReadString();
        }

        return names.ToImmutable();
    }
}
