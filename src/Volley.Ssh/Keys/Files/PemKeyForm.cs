using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.Keys.Files;

/// <summary>
/// Parses private keys in PEM formats: PKCS#1, SEC 1 and PKCS#8, also encrypted, including the PEM encryption that preceded PKCS#8.
/// </summary>
internal static class PemKeyForm
{
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string Ed25519 = "1.3.101.112";

    private const string Pkcs1Label = "RSA PRIVATE KEY";
    private const string Sec1Label = "EC PRIVATE KEY";
    private const string Pkcs8Label = "PRIVATE KEY";
    private const string EncryptedPkcs8Label = "ENCRYPTED PRIVATE KEY";

    public static bool IsServed(string pemLabel) => pemLabel is Pkcs1Label or Sec1Label or Pkcs8Label or EncryptedPkcs8Label;

    public static bool IsEncrypted(PemText pem) =>
        pem.Label == EncryptedPkcs8Label || (pem.Headers.TryGetValue("Proc-Type", out var type) && type.EndsWith("ENCRYPTED", StringComparison.Ordinal));

    /// <summary>Decrypts the key. Returns null if the passphrase is wrong.</summary>
    /// <exception cref="SshException">The key is invalid, or of an unsupported type.</exception>
    public static PrivateKey? Open(PemText pem, ReadOnlySpan<byte> passphrase, string label)
    {
        if (!IsEncrypted(pem))
            return Read(pem.Label, pem.Body.Span, label);
        if (passphrase.IsEmpty)
            return null;
        if (pem.Label == EncryptedPkcs8Label)
            return OpenPkcs8(pem.Body, passphrase, label);
        using var clear = DecryptOldForm(pem, passphrase, label);
        if (clear is null)
            return null;
        try
        {
            return Read(pem.Label, clear.Span, label);
        }
        catch (SshException)
        {
            // For one in 256 wrong passphrases the padding is right by chance.
            return null;
        }
    }

    private static PrivateKey Read(string pemLabel, ReadOnlySpan<byte> der, string label)
    {
        try
        {
            return pemLabel switch
            {
                Pkcs1Label => ReadRsa(der, label, static (key, bytes) => key.ImportRSAPrivateKey(bytes, out _)),
                Sec1Label => ReadEcdsa(der, label, static (key, bytes) => key.ImportECPrivateKey(bytes, out _)),
                _ => ReadPkcs8(der, label),
            };
        }
        catch (Exception failure) when (failure is CryptographicException or AsnContentException or PlatformNotSupportedException)
        {
            throw new SshException(SshFailure.UnusableKey, $"{label} is damaged: {failure.Message}", failure);
        }
    }

    /// <summary>Parses PKCS#8 (RFC 5958): the version, the algorithm, and the key in the algorithm's own format.</summary>
    private static PrivateKey ReadPkcs8(ReadOnlySpan<byte> der, string label)
    {
        AsnDecoder.ReadSequence(der, AsnEncodingRules.BER, out var offset, out var length, out _);
        var body = der.Slice(offset, length);
        AsnDecoder.ReadIntegerBytes(body, AsnEncodingRules.BER, out var used);
        body = body[used..];
        AsnDecoder.ReadSequence(body, AsnEncodingRules.BER, out offset, out length, out used);
        var algorithm = AsnDecoder.ReadObjectIdentifier(body.Slice(offset, length), AsnEncodingRules.BER, out _);
        switch (algorithm)
        {
            case Rsa:
                return ReadRsa(der, label, static (key, bytes) => key.ImportPkcs8PrivateKey(bytes, out _));
            case EllipticCurve:
                return ReadEcdsa(der, label, static (key, bytes) => key.ImportPkcs8PrivateKey(bytes, out _));
            case Ed25519:
                // RFC 8410: the seed is an octet string within the octet string.
                using (var inner = OctetString(body[used..]))
                using (var seed = OctetString(inner.Span))
                    return Ed25519PrivateKey.FromSeed(label, seed.Span);
            default:
                throw new SshException(SshFailure.UnsupportedKey, $"{label} is of the kind {algorithm}, which is not supported");
        }
    }

    private static SecretBytes OctetString(ReadOnlySpan<byte> der)
    {
        var secret = new SecretBytes(der.Length);
        if (!AsnDecoder.TryReadOctetString(der, secret.Span, AsnEncodingRules.BER, out _, out var length))
            throw new AsnContentException();
        using (secret)
            return new SecretBytes(secret.Span[..length]);
    }

    private static RsaPrivateKey ReadRsa(ReadOnlySpan<byte> der, string label, Import<RSA> import)
    {
        var key = RSA.Create();
        try
        {
            import(key, der);
            return RsaPrivateKey.From(label, key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static EcdsaPrivateKey ReadEcdsa(ReadOnlySpan<byte> der, string label, Import<ECDsa> import)
    {
        var key = ECDsa.Create();
        try
        {
            import(key, der);
            return EcdsaPrivateKey.From(label, key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Decrypts PKCS#8. The key's algorithm is encrypted too, so each algorithm is tried.</summary>
    private static PrivateKey? OpenPkcs8(SecretBytes body, ReadOnlySpan<byte> passphrase, string label)
    {
        using var secret = new SecretBytes(passphrase);
        try
        {
            return ReadRsa(body.Span, label, (key, der) => key.ImportEncryptedPkcs8PrivateKey(secret.Span, der, out _));
        }
        catch (CryptographicException)
        {
            // Another algorithm, or the wrong passphrase.
        }

        try
        {
            return ReadEcdsa(body.Span, label, (key, der) => key.ImportEncryptedPkcs8PrivateKey(secret.Span, der, out _));
        }
        catch (CryptographicException)
        {
            // Another algorithm, or the wrong passphrase.
        }

        // PKCS#5 takes the passphrase as bytes; this library expects a character for each byte.
        var characters = Encoding.Latin1.GetChars(secret.Array);
        try
        {
            return PrivateKeyFactory.DecryptKey(characters, body.Array) is Ed25519PrivateKeyParameters key
                ? Ed25519PrivateKey.FromSeed(label, key.GetEncoded())
                : throw new SshException(SshFailure.UnsupportedKey, $"{label} is of a kind that is not supported");
        }
        catch (Exception failure) when (failure is Org.BouncyCastle.Crypto.CryptoException or IOException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
        finally
        {
            Array.Clear(characters);
        }
    }

    /// <summary>
    /// Decrypts a key with RFC 1421 headers. OpenSSL derives the key with MD5 over the previous digest, the passphrase and the salt.
    /// </summary>
    private static SecretBytes? DecryptOldForm(PemText pem, ReadOnlySpan<byte> passphrase, string label)
    {
        const int SaltSize = 8;
        var parts = pem.Headers.GetValueOrDefault("DEK-Info", "").Split(',');
        if (parts.Length != 2 || FindCipher(parts[0]) is not var (keySize, create) || parts[1].Length < 2 * SaltSize
            || parts[1].Any(c => !char.IsAsciiHexDigit(c)) || parts[1].Length % 2 != 0)
        {
            throw new SshException(SshFailure.UnusableKey, $"{label} is encrypted by {parts[0]}, which is not supported");
        }

        var iv = Convert.FromHexString(parts[1]);
        using var key = new SecretBytes((keySize + MD5.HashSizeInBytes - 1) / MD5.HashSizeInBytes * MD5.HashSizeInBytes);
        for (var at = 0; at < key.Length; at += MD5.HashSizeInBytes)
        {
            using var text = new SecretBytes(
                [.. at == 0 ? [] : key.Span.Slice(at - MD5.HashSizeInBytes, MD5.HashSizeInBytes), .. passphrase, .. iv.AsSpan(0, SaltSize)]);
#pragma warning disable CA5351 // The format requires MD5; ssh reads it too.
            MD5.HashData(text.Span, key.Span[at..]);
#pragma warning restore CA5351
        }

        using var secret = new SecretBytes(key.Span[..keySize]);
        using var cipher = create();
        cipher.Key = secret.Array;
        using var clear = new SecretBytes(pem.Body.Length);
        try
        {
            var length = cipher.DecryptCbc(pem.Body.Span, iv, clear.Span, PaddingMode.PKCS7);
            return new SecretBytes(clear.Span[..length]);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static (int KeySize, Func<SymmetricAlgorithm> Create)? FindCipher(string name) => name switch
    {
        "AES-128-CBC" => (16, Aes.Create),
        "AES-192-CBC" => (24, Aes.Create),
        "AES-256-CBC" => (32, Aes.Create),
        _ => null,
    };

    private delegate void Import<in T>(T key, ReadOnlySpan<byte> der);
}
