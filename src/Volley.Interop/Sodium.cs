using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Volley.Interop;

/// <summary>
/// Functions of libsodium: X25519 (RFC 7748), Ed25519 (RFC 8032), ChaCha20 in its original form, Poly1305, and random
/// bytes. The library checks no length, so each is checked here.
/// </summary>
internal static unsafe partial class Sodium
{
    /// <summary>Bytes of a private or public key of X25519, and of a shared secret.</summary>
    public const int X25519Size = 32;

    /// <summary>Bytes of a private key of Ed25519 (RFC 8032).</summary>
    public const int SeedSize = 32;

    /// <summary>Bytes of a public key of Ed25519.</summary>
    public const int PublicKeySize = 32;

    /// <summary>Bytes of a signing key: a private key of Ed25519, followed by its public key.</summary>
    public const int SigningKeySize = SeedSize + PublicKeySize;

    /// <summary>Bytes of a signature by Ed25519.</summary>
    public const int SignatureSize = 64;

    /// <summary>Bytes of a key of ChaCha20 or Poly1305.</summary>
    public const int CipherKeySize = 32;

    /// <summary>Bytes of a nonce of ChaCha20, the number of a message.</summary>
    public const int NonceSize = 8;

    /// <summary>Bytes of a tag by Poly1305.</summary>
    public const int TagSize = 16;

    private const string Library = "libsodium";

    /// <summary>Lets the library select the fastest implementation for this processor.</summary>
    static Sodium()
    {
        if (sodium_init() < 0)
            throw new CryptographicException("libsodium does not work on this system");
    }

    /// <summary>Returns random hexadecimal digits in lower case, for names that can't be guessed.</summary>
    /// <param name="count">The number of digits, which is even.</param>
    public static string RandomDigits(int count)
    {
        var bytes = new byte[count / 2];
        FillRandom(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Fills a buffer with random bytes of the kernel, suitable for keys. For a few bytes at a time it costs less than OpenSSL's generator.</summary>
    public static void FillRandom(Span<byte> bytes)
    {
        fixed (byte* start = bytes)
            randombytes_buf(start, (nuint)bytes.Length);
    }

    /// <summary>Computes the X25519 public key of a private key.</summary>
    public static void GetX25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        Check(privateKey, X25519Size);
        Check(publicKey, X25519Size);
        fixed (byte* own = privateKey, result = publicKey)
            _ = crypto_scalarmult_curve25519_base(result, own);
    }

    /// <summary>Computes the shared secret of two X25519 keys; returns false if it is all zero (RFC 7748 section 6.1).</summary>
    public static bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> otherPublicKey, Span<byte> secret)
    {
        Check(privateKey, X25519Size);
        Check(otherPublicKey, X25519Size);
        Check(secret, X25519Size);
        fixed (byte* own = privateKey, other = otherPublicKey, result = secret)
            return crypto_scalarmult_curve25519(result, own, other) == 0;
    }

    /// <summary>Computes an Ed25519 signing key, whose second half is the public key.</summary>
    public static void GetSigningKey(ReadOnlySpan<byte> seed, Span<byte> signingKey)
    {
        Check(seed, SeedSize);
        Check(signingKey, SigningKeySize);
        fixed (byte* start = seed, result = signingKey)
            _ = crypto_sign_ed25519_seed_keypair(result + SeedSize, result, start);
    }

    /// <summary>Signs data by Ed25519.</summary>
    public static void Sign(ReadOnlySpan<byte> signingKey, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        Check(signingKey, SigningKeySize);
        Check(signature, SignatureSize);
        fixed (byte* key = signingKey, text = data, result = signature)
            _ = crypto_sign_ed25519_detached(result, null, text, (ulong)data.Length, key);
    }

    /// <summary>Returns whether an Ed25519 signature is valid; keys and signatures in a form that is not canonical never are.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Check(publicKey, PublicKeySize);
        Check(signature, SignatureSize);
        fixed (byte* key = publicKey, text = data, proof = signature)
            return crypto_sign_ed25519_verify_detached(proof, text, (ulong)data.Length, key) == 0;
    }

    /// <summary>Encrypts or decrypts by ChaCha20, which is the same operation, in place.</summary>
    /// <param name="key">The key.</param>
    /// <param name="nonce">The number of the message.</param>
    /// <param name="block">The position in the key stream, in blocks of 64 bytes.</param>
    /// <param name="text">The text, which is changed.</param>
    public static void ChaCha20(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ulong block, Span<byte> text)
    {
        Check(key, CipherKeySize);
        Check(nonce, NonceSize);
        fixed (byte* secret = key, number = nonce, start = text)
            _ = crypto_stream_chacha20_xor_ic(start, start, (ulong)text.Length, number, block, secret);
    }

    /// <summary>Computes the Poly1305 tag of a text.</summary>
    public static void Poly1305(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text, Span<byte> tag)
    {
        Check(key, CipherKeySize);
        Check(tag, TagSize);
        fixed (byte* secret = key, start = text, result = tag)
            _ = crypto_onetimeauth_poly1305(result, start, (ulong)text.Length, secret);
    }

    private static void Check(ReadOnlySpan<byte> bytes, int size) => ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, size);

#pragma warning disable IDE1006, CA1707 // The names are those of the library.
    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial void randombytes_buf(byte* start, nuint size);

    [LibraryImport(Library)]
    private static partial int crypto_scalarmult_curve25519_base(byte* publicKey, byte* privateKey);

    [LibraryImport(Library)]
    private static partial int crypto_scalarmult_curve25519(byte* secret, byte* privateKey, byte* otherPublicKey);

    [LibraryImport(Library)]
    private static partial int crypto_sign_ed25519_seed_keypair(byte* publicKey, byte* signingKey, byte* seed);

    [LibraryImport(Library)]
    private static partial int crypto_sign_ed25519_detached(byte* signature, ulong* signatureLength, byte* data, ulong length, byte* signingKey);

    [LibraryImport(Library)]
    private static partial int crypto_sign_ed25519_verify_detached(byte* signature, byte* data, ulong length, byte* publicKey);

    [LibraryImport(Library)]
    private static partial int crypto_stream_chacha20_xor_ic(byte* result, byte* text, ulong length, byte* nonce, ulong block, byte* key);

    [LibraryImport(Library)]
    private static partial int crypto_onetimeauth_poly1305(byte* tag, byte* text, ulong length, byte* key);
#pragma warning restore IDE1006, CA1707
}
