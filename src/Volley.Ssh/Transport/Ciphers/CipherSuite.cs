using System.Security.Cryptography;
using Volley.Ssh.Transport.KeyExchange;

namespace Volley.Ssh.Transport.Ciphers;

/// <summary>A cipher, and its MAC if it needs one.</summary>
internal sealed record CipherSuite(string Cipher, string? Mac)
{
    private const int MaxKeyLength = 64;

    /// <summary>Returns the suite for a cipher.</summary>
    /// <param name="cipher">The cipher's name.</param>
    /// <param name="mac">Returns the MAC's name. It is called only if the cipher does not authenticate.</param>
    public static CipherSuite From(string cipher, Func<string> mac) => new(cipher, NeedsMac(cipher) ? mac() : null);

    /// <summary>Returns whether a cipher does not authenticate, so that a MAC is negotiated too.</summary>
    public static bool NeedsMac(string cipher) => cipher == "aes256-ctr";

    public override string ToString() => Mac is null ? Cipher : $"{Cipher} with {Mac}";

    /// <summary>Creates the cipher of one direction, with keys of RFC 4253 section 7.2.</summary>
    public PacketCipher Create(SessionKeys keys, bool toServer)
    {
        var (ivLetter, keyLetter, macLetter) = toServer ? ('A', 'C', 'E') : ('B', 'D', 'F');
        Span<byte> material = stackalloc byte[3 * MaxKeyLength];
        var iv = material[..AesGcmPackets.NonceLength];
        var key = material.Slice(MaxKeyLength, MaxKeyLength);
        try
        {
            switch (Cipher)
            {
                case "aes128-gcm@openssh.com" or "aes256-gcm@openssh.com":
                    key = key[..(Cipher == "aes128-gcm@openssh.com" ? 16 : 32)];
                    keys.Derive(ivLetter, iv);
                    keys.Derive(keyLetter, key);
                    return new AesGcmPackets(key, iv);
                case "chacha20-poly1305@openssh.com":
                    key = key[..ChaChaPolyPackets.KeyLength];
                    keys.Derive(keyLetter, key);
                    return new ChaChaPolyPackets(key);
                case "aes256-ctr":
                    iv = material[..AesCtrHmacPackets.IvLength];
                    key = key[..AesCtrHmacPackets.KeyLength];
                    var macKey = material.Slice(2 * MaxKeyLength, AesCtrHmacPackets.MacKeyLength);
                    keys.Derive(ivLetter, iv);
                    keys.Derive(keyLetter, key);
                    keys.Derive(macLetter, macKey);
                    return new AesCtrHmacPackets(key, iv, macKey);
                default:
                    throw new InvalidOperationException($"no cipher: {Cipher}");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }
}
