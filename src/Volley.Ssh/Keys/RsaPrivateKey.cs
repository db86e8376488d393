using System.Numerics;
using System.Security.Cryptography;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.Keys;

/// <summary>An ssh-rsa key (RFC 4253 section 6.6). It signs with rsa-sha2-512 and rsa-sha2-256 (RFC 8332), never with SHA-1.</summary>
internal sealed class RsaPrivateKey : PrivateKey
{
    /// <summary>ssh's default for RequiredRSASize (ssh_config(5)).</summary>
    private const int MinBits = 1024;

    private readonly Lock _lock = new();
    private readonly RSA _key;

    private RsaPrivateKey(string label, RSA key, byte[] publicBlob)
        : base(label, RsaPublicKey.TypeName, publicBlob) => _key = key;

    /// <summary>Creates the key from a platform key, and takes ownership of it.</summary>
    /// <exception cref="SshException">The key is too short.</exception>
    public static RsaPrivateKey From(string label, RSA key)
    {
        if (key.KeySize < MinBits)
            throw new SshException(SshFailure.UnusableKey, $"{label} has {key.KeySize} bits, and ssh takes RSA keys from {MinBits}");
        var numbers = key.ExportParameters(includePrivateParameters: false);
        return new(label, key, RsaPublicKey.Encode(numbers.Exponent, numbers.Modulus));
    }

    /// <summary>Creates the key from the numbers of an OpenSSH file, each in big-endian order without leading zeros.</summary>
    /// <exception cref="SshException">The numbers do not belong together, or the key is too short.</exception>
    public static RsaPrivateKey Import(
        string label, ReadOnlySpan<byte> n, ReadOnlySpan<byte> e, ReadOnlySpan<byte> d, ReadOnlySpan<byte> inverse, ReadOnlySpan<byte> p, ReadOnlySpan<byte> q)
    {
        var half = (n.Length + 1) / 2;
        if (n.Length < MinBits / 8 || d.Length > n.Length || p.Length > half || q.Length > half || inverse.Length > half)
            throw new SshException(SshFailure.UnusableKey, $"{label} is damaged, or too short");
        using SecretBytes secretD = Padded(d, n.Length), secretP = Padded(p, half), secretQ = Padded(q, half), secretInverse = Padded(inverse, half);
        using SecretBytes dp = Padded(Reduced(d, p), half), dq = Padded(Reduced(d, q), half);
        try
        {
            return From(label, RSA.Create(new RSAParameters
            {
                Modulus = n.ToArray(),
                Exponent = e.ToArray(),
                D = secretD.Array,
                P = secretP.Array,
                Q = secretQ.Array,
                DP = dp.Array,
                DQ = dq.Array,
                InverseQ = secretInverse.Array,
            }));
        }
        catch (CryptographicException failure)
        {
            throw new SshException(SshFailure.UnusableKey, $"{label} is damaged: {failure.Message}", failure);
        }
    }

    private protected override byte[] Sign(string algorithm, ReadOnlySpan<byte> data)
    {
        var hash = KeyAlgorithm.Find(algorithm)!.Hash;
        // Platform keys are not guaranteed to be thread-safe.
        lock (_lock)
            return _key.SignData(data, hash, RSASignaturePadding.Pkcs1);
    }

    protected override void Dispose(bool disposing)
    {
        _key.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Returns d mod (prime - 1), which the file does not have.</summary>
    private static byte[] Reduced(ReadOnlySpan<byte> d, ReadOnlySpan<byte> prime)
    {
        var divisor = new BigInteger(prime, isUnsigned: true, isBigEndian: true) - 1;
        return divisor <= 0 ? [] : (new BigInteger(d, isUnsigned: true, isBigEndian: true) % divisor).ToByteArray(isUnsigned: true, isBigEndian: true);
    }

    private static SecretBytes Padded(ReadOnlySpan<byte> number, int length)
    {
        var padded = new SecretBytes(length);
        number.CopyTo(padded.Span[^number.Length..]);
        return padded;
    }
}
