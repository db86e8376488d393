using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Volley.Ssh.Keys.Files;

/// <summary>
/// OpenBSD's bcrypt_pbkdf, which derives the key of an encrypted private key file: a form of PBKDF2 with SHA-512 and bcrypt (PROTOCOL.key).
/// </summary>
internal static class BcryptPbkdf
{
    private const int HashSize = 32;
    private const int Expansions = 64;

    private static readonly byte[] Text = Encoding.ASCII.GetBytes("OxychromaticBlowfishSwatDynamite");

    /// <summary>Derives a key.</summary>
    /// <param name="passphrase">The passphrase; not empty.</param>
    /// <param name="salt">The salt; not empty.</param>
    /// <param name="rounds">The number of rounds, at least 1. The cost is proportional to it.</param>
    /// <param name="key">Receives the key.</param>
    public static void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, uint rounds, Span<byte> key)
    {
        Span<byte> secret = stackalloc byte[SHA512.HashSizeInBytes], salted = stackalloc byte[SHA512.HashSizeInBytes];
        Span<byte> hash = stackalloc byte[HashSize], sum = stackalloc byte[HashSize];
        SHA512.HashData(passphrase, secret);
        var blocks = (key.Length + HashSize - 1) / HashSize;
        var amount = (key.Length + blocks - 1) / blocks;
        byte[] countedSalt = [.. salt, 0, 0, 0, 0];
        for (var block = 0; block < blocks; block++)
        {
            BinaryPrimitives.WriteInt32BigEndian(countedSalt.AsSpan(salt.Length), block + 1);
            SHA512.HashData(countedSalt, salted);
            Hash(secret, salted, hash);
            hash.CopyTo(sum);
            for (uint round = 1; round < rounds; round++)
            {
                SHA512.HashData(hash, salted);
                Hash(secret, salted, hash);
                for (var i = 0; i < HashSize; i++)
                    sum[i] ^= hash[i];
            }

            // The bytes of the blocks are interleaved, so that deriving a part of the key takes all the work.
            for (var i = 0; i < amount && (i * blocks) + block < key.Length; i++)
                key[(i * blocks) + block] = sum[i];
        }

        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(sum);
    }

    private static void Hash(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> result)
    {
        var cipher = new Blowfish();
        cipher.Expand(passphrase, salt);
        for (var i = 0; i < Expansions; i++)
        {
            cipher.Expand(salt);
            cipher.Expand(passphrase);
        }

        for (int block = 0, at = 0; block < HashSize; block += 2 * sizeof(uint))
        {
            uint left = Blowfish.NextWord(Text, ref at), right = Blowfish.NextWord(Text, ref at);
            for (var i = 0; i < Expansions; i++)
                cipher.Encrypt(ref left, ref right);
            BinaryPrimitives.WriteUInt32LittleEndian(result[block..], left);
            BinaryPrimitives.WriteUInt32LittleEndian(result[(block + sizeof(uint))..], right);
        }

        cipher.Clear();
    }
}
