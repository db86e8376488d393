using System.Collections.Immutable;
using System.Globalization;
using Volley.Ssh.Config;

namespace Volley.Ssh.Keys;

/// <summary>Whom a certificate speaks for.</summary>
public enum CertificateRole
{
    /// <summary>A user.</summary>
    User = 1,

    /// <summary>A host.</summary>
    Host = 2,
}

/// <summary>An OpenSSH certificate (PROTOCOL.certkeys): a key that an authority has signed together with whom it is for, and when.</summary>
public sealed class KeyCertificate
{
    /// <summary>The signatures of authorities that can be verified here. SHA-1 is not among them.</summary>
    private static readonly string[] AuthorityAlgorithms =
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"];

    /// <summary>ssh's default CASignatureAlgorithms.</summary>
    private static readonly string[] DefaultAuthorityAlgorithms =
        [.. AuthorityAlgorithms, "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];

    /// <summary>All that ssh has.</summary>
    private static readonly string[] SshAuthorityAlgorithms = [.. DefaultAuthorityAlgorithms, "ssh-rsa", "ssh-dss"];

    private readonly int _signedLength;
    private readonly byte[] _signature;

    private KeyCertificate(ReadOnlySpan<byte> blob)
    {
        var fields = new KeyFields(blob, "the certificate");
        Blob = blob.ToArray();
        Type = fields.Name();
        if (!KeyTypes.IsCertificate(Type))
            throw new SshException(SshFailure.UnusableKey, $"{Type} is no certificate");
        // The nonce says nothing.
        fields.Bytes();
        CertifiedBlob = ReadKey(ref fields, KeyTypes.Plain(Type));
        Serial = fields.UInt64();
        Role = (CertificateRole)fields.UInt32();
        KeyId = fields.Text();
        Principals = ReadPrincipals(fields.Bytes());
        ValidAfter = fields.UInt64();
        ValidBefore = fields.UInt64();
        CriticalOptions = ReadOptions(fields.Bytes());
        // Extensions can be left unread, and the next field is reserved.
        fields.Bytes();
        fields.Bytes();
        AuthorityBlob = fields.Bytes().ToArray();
        _signedLength = fields.Position;
        _signature = fields.Bytes().ToArray();
        fields.End();
        if (Role is not (CertificateRole.User or CertificateRole.Host))
            throw fields.Damaged();
    }

    /// <summary>The type, such as ssh-ed25519-cert-v01@openssh.com.</summary>
    public string Type { get; }

    /// <summary>The whole certificate in SSH's form.</summary>
    public ReadOnlyMemory<byte> Blob { get; }

    /// <summary>The key that is certified, in SSH's form.</summary>
    public ReadOnlyMemory<byte> CertifiedBlob { get; }

    /// <summary>The key of the authority that has signed it, in SSH's form.</summary>
    public ReadOnlyMemory<byte> AuthorityBlob { get; }

    /// <summary>The number that the authority has given it.</summary>
    public ulong Serial { get; }

    /// <summary>Whether it is for a user or for a host.</summary>
    public CertificateRole Role { get; }

    /// <summary>What the authority calls it.</summary>
    public string KeyId { get; }

    /// <summary>The user names, or the patterns of host names, that it is for; a host's certificate without any is for no host.</summary>
    public ImmutableArray<string> Principals { get; }

    /// <summary>The first second in which it is valid, since 1970 in UTC.</summary>
    public ulong ValidAfter { get; }

    /// <summary>The first second in which it is not valid any more; the largest number for never.</summary>
    public ulong ValidBefore { get; }

    /// <summary>The names of the options that must be understood by whoever accepts it.</summary>
    public ImmutableArray<string> CriticalOptions { get; }

    /// <summary>Reads a certificate. Nothing about it is checked: see <see cref="WhyNotHost"/>.</summary>
    /// <exception cref="SshException">It is none: <see cref="SshFailure.UnusableKey"/>.</exception>
    public static KeyCertificate Parse(ReadOnlySpan<byte> blob) => new(blob);

    /// <summary>Says why the certificate does not prove that a host is the one of a name; null if it does. That its authority is to be trusted the caller knows.</summary>
    /// <param name="host">The name, in lower case, without a port.</param>
    /// <param name="now">The time.</param>
    public string? WhyNotHost(string host, DateTimeOffset now)
    {
        var seconds = (ulong)Math.Max(0, now.ToUnixTimeSeconds());
        if (Role != CertificateRole.Host)
            return "it is a user's";
        if (seconds < ValidAfter)
            return $"it is not valid before {Time(ValidAfter)}";
        if (seconds >= ValidBefore)
            return $"it has expired at {Time(ValidBefore)}";
        // As OpenSSH 10.3 has it: a certificate without principals is for no host at all.
        if (Principals.IsEmpty)
            return "it names no host";
        if (!Principals.Any(principal => Wildcard.Matches(host, principal)))
            return $"it is for {string.Join(',', Principals)}";
        // There are none for hosts.
        if (!CriticalOptions.IsEmpty)
            return $"it has a critical option that is not known: {CriticalOptions[0]}";
        return IsSignedByItsAuthority() ? null : "its signature is wrong";
    }

    /// <summary>Whether the signature is the one of the authority that the certificate names.</summary>
    public bool IsSignedByItsAuthority()
    {
        try
        {
            // The certificate of a certificate is not a thing.
            using var authority = PublicKey.Parse(AuthorityBlob.Span);
            return SignatureAlgorithm is { } algorithm && AuthorityAlgorithms.Contains(algorithm) && authority.SignatureAlgorithms.Contains(algorithm)
                && authority.Verify(algorithm, Blob.Span[.._signedLength], _signature);
        }
        catch (SshException)
        {
            return false;
        }
    }

    /// <summary>Says why CASignatureAlgorithms does not allow the signature of the authority; null if it does.</summary>
    /// <param name="configured">The list; null for ssh's default.</param>
    /// <exception cref="SshException">ssh allows it, and it can't be verified here: <see cref="SshFailure.UnusableKey"/>.</exception>
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

    /// <summary>What the authority has signed by; null if that can't be told.</summary>
    private string? SignatureAlgorithm
    {
        get
        {
            try
            {
                return new KeyFields(_signature, "the signature").Name();
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

    /// <summary>The fields of the public key stand in the certificate as they do in the key itself.</summary>
    private static byte[] ReadKey(ref KeyFields fields, string plainType)
    {
        var count = plainType switch
        {
            Ed25519PublicKey.TypeName => 1,
            RsaPublicKey.TypeName or "sk-ssh-ed25519@openssh.com" => 2,
            "ecdsa-sha2-nistp256" or "ecdsa-sha2-nistp384" or "ecdsa-sha2-nistp521" => 2,
            "sk-ecdsa-sha2-nistp256@openssh.com" => 3,
            _ => throw new SshException(SshFailure.UnusableKey, $"{plainType} is not served"),
        };
        var key = new KeyFieldsWriter().Name(plainType);
        for (var i = 0; i < count; i++)
            key.Bytes(fields.Bytes());
        return key.ToArray();
    }

    private static ImmutableArray<string> ReadPrincipals(ReadOnlySpan<byte> packed)
    {
        var fields = new KeyFields(packed, "the certificate");
        var principals = ImmutableArray.CreateBuilder<string>();
        while (!fields.Rest.IsEmpty)
            principals.Add(fields.Text());
        return principals.ToImmutable();
    }

    private static ImmutableArray<string> ReadOptions(ReadOnlySpan<byte> packed)
    {
        var fields = new KeyFields(packed, "the certificate");
        var names = ImmutableArray.CreateBuilder<string>();
        while (!fields.Rest.IsEmpty)
        {
            names.Add(fields.Text());
            fields.Bytes();
        }

        return names.ToImmutable();
    }
}
