using System.Security.Cryptography;
using Volley.Interop;
using Volley.Ssh.Primitives;

namespace Volley.Ssh.Keys.Files;

/// <summary>A cipher of encrypted private key files, with ssh's name (PROTOCOL.key).</summary>
/// <param name="Name">The name of the cipher.</param>
/// <param name="KeySize">The size of its key in bytes.</param>
/// <param name="IvSize">The size of its initialization vector in bytes, which is derived together with the key.</param>
/// <param name="TagSize">The size of the authentication tag after the ciphertext in bytes.</param>
internal sealed record KeyFileCipher(string Name, int KeySize, int IvSize, int TagSize)
{
    private const int BlockSize = 16;

    private static readonly KeyFileCipher[] All =
    [
        new("aes256-ctr", 32, 16, 0), new("aes192-ctr", 24, 16, 0), new("aes128-ctr", 16, 16, 0),
        new("aes256-cbc", 32, 16, 0), new("aes192-cbc", 24, 16, 0), new("aes128-cbc", 16, 16, 0),
        new("aes256-gcm@openssh.com", 32, 12, 16), new("aes128-gcm@openssh.com", 16, 12, 16),
        new("chacha20-poly1305@openssh.com", 64, 0, 16),
    ];

    public static KeyFileCipher? Find(string name) => All.FirstOrDefault(cipher => cipher.Name == name);

    /// <summary>Decrypts. Returns false if the key is detected to be wrong.</summary>
    /// <param name="keyAndIv">The key, followed by the initialization vector.</param>
    /// <param name="encrypted">The ciphertext, in whole blocks.</param>
    /// <param name="tag">The authentication tag.</param>
    /// <param name="clear">Receives the plaintext, of the same length.</param>
    public bool TryDecrypt(ReadOnlySpan<byte> keyAndIv, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> tag, Span<byte> clear)
    {
        var key = keyAndIv[..KeySize];
        var iv = keyAndIv[KeySize..];
        try
        {
            if (Name.StartsWith("chacha20", StringComparison.Ordinal))
                return TryChaCha(key, encrypted, tag, clear);
            if (TagSize > 0)
            {
                using var gcm = new AesGcm(key, TagSize);
                gcm.Decrypt(iv, encrypted, tag, clear);
                return true;
            }

            using var secret = new SecretBytes(key);
            using var aes = Aes.Create();
            aes.Key = secret.Array;
            if (Name.EndsWith("-cbc", StringComparison.Ordinal))
                aes.DecryptCbc(encrypted, iv, clear, PaddingMode.None);
            else
                Counter(aes, iv, encrypted, clear);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static void Counter(Aes aes, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> encrypted, Span<byte> clear)
    {
        Span<byte> counter = stackalloc byte[BlockSize], stream = stackalloc byte[BlockSize];
        iv.CopyTo(counter);
        for (var at = 0; at < encrypted.Length; at++)
        {
            if (at % BlockSize == 0)
            {
                aes.EncryptEcb(counter, stream, PaddingMode.None);
                for (var i = BlockSize - 1; i >= 0 && ++counter[i] == 0; i--)
                {
                }
            }

            clear[at] = (byte)(encrypted[at] ^ stream[at % BlockSize]);
        }

        CryptographicOperations.ZeroMemory(stream);
    }

    /// <summary>Decrypts as a packet with sequence number 0 and without a length, so the second half of the key is unused.</summary>
    private static bool TryChaCha(ReadOnlySpan<byte> key, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> tag, Span<byte> clear)
    {
        var bodyKey = key[..Sodium.CipherKeySize];
        Span<byte> expected = stackalloc byte[Sodium.TagSize];
        ChaChaPoly.Authenticate(bodyKey, 0, encrypted, expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, tag))
            return false;
        encrypted.CopyTo(clear);
        ChaChaPoly.Crypt(bodyKey, 0, clear);
        return true;
    }
}
