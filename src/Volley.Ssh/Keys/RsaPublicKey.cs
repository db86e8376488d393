using System.Security.Cryptography;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>An ssh-rsa key (RFC 4253 section 6.6). Its signatures are rsa-sha2-512 or rsa-sha2-256 (RFC 8332), never SHA-1.</summary>
internal sealed class RsaPublicKey : PublicKey
{
    public const string TypeName = "ssh-rsa";

    private const int MinBits = 2048;
    private const int MaxBits = 16384;
    private const int MaxExponentLength = 8;

    private readonly RSA _rsa;

    private RsaPublicKey(RSA rsa, byte[] blob)
        : base(TypeName, blob) => _rsa = rsa;

    /// <summary>Returns a key in SSH's encoding.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus)
    {
        var blob = SshWriter.WithoutNumber(modulus.Length + 64);
        blob.WriteText(TypeName);
        blob.WriteMpint(exponent);
        blob.WriteMpint(modulus);
        return blob.ToArray();
    }

    public static RsaPublicKey Read(ref SshReader fields)
    {
        ReadOnlySpan<byte> exponent = fields.ReadMpint(), modulus = fields.ReadMpint();
        var bits = RsaKeySize.Bits(modulus);
        if (bits is < MinBits or > MaxBits)
            throw Unusable($"an RSA key of {bits} bits; it must have from {MinBits} to {MaxBits}");
        if (exponent.Length > MaxExponentLength || (exponent[^1] & 1) == 0 || exponent is [1] || (modulus[^1] & 1) == 0)
            throw Unusable(TypeName);
        try
        {
            return new(
                RSA.Create(new RSAParameters { Exponent = exponent.ToArray(), Modulus = modulus.ToArray() }),
                Encode(exponent, modulus));
        }
        catch (CryptographicException e)
        {
            throw Unusable(TypeName, e);
        }
    }

    private protected override bool VerifySignature(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var length = (_rsa.KeySize + 7) / 8;
        if (signature.Length > length)
            return false;
        // Some servers omit leading zeros; RFC 8332 section 3 requires the full length.
        Span<byte> full = stackalloc byte[length];
        full.Clear();
        signature.CopyTo(full[(length - signature.Length)..]);
        return _rsa.VerifyData(data, full, KeyAlgorithm.Find(algorithm)!.Hash, RSASignaturePadding.Pkcs1);
    }

    protected override void Dispose(bool disposing)
    {
        _rsa.Dispose();
        base.Dispose(disposing);
    }
}
