using System.Buffers.Binary;
using System.Security.Cryptography;
using Volley.Interop;

namespace Volley.Ssh.Primitives;

/// <summary>
/// How OpenSSH joins ChaCha20 and Poly1305 (PROTOCOL.chacha20poly1305): a message's number is the nonce, the tag's key is
/// the first block of the message's key stream, and the text is encrypted from the second block on.
/// </summary>
internal static class ChaChaPoly
{
    private const int BlockSize = 64;

    /// <summary>Encrypts or decrypts a length, which has a key of its own and takes the key stream from its beginning.</summary>
    public static void CryptLength(ReadOnlySpan<byte> key, ulong number, Span<byte> length) => Crypt(key, number, 0, length);

    /// <summary>Encrypts or decrypts a text.</summary>
    public static void Crypt(ReadOnlySpan<byte> key, ulong number, Span<byte> text) => Crypt(key, number, 1, text);

    /// <summary>Computes the tag over all that is encrypted of a message.</summary>
    public static void Authenticate(ReadOnlySpan<byte> key, ulong number, ReadOnlySpan<byte> encrypted, Span<byte> tag)
    {
        Span<byte> first = stackalloc byte[BlockSize];
        first.Clear();
        Crypt(key, number, 0, first);
        Sodium.Poly1305(first[..Sodium.CipherKeySize], encrypted, tag);
        CryptographicOperations.ZeroMemory(first);
    }

    private static void Crypt(ReadOnlySpan<byte> key, ulong number, ulong block, Span<byte> text)
    {
        Span<byte> nonce = stackalloc byte[Sodium.NonceSize];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, number);
        Sodium.ChaCha20(key, nonce, block, text);
    }
}
