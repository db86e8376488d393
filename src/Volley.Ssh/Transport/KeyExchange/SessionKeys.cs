using System.Security.Cryptography;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Transport.KeyExchange;

/// <summary>Derives the exchange hash and the keys of a key exchange (RFC 4253 sections 7.2 and 8).</summary>
internal sealed class SessionKeys(HashAlgorithmName hash, byte[] secret, byte[] exchangeHash, byte[] sessionId) : IDisposable
{
    // The input of the derivation: the prefix of every part of a key, a letter, and the session id for the first part.
    private readonly byte[] _text = [.. secret, .. exchangeHash, 0, .. sessionId];

    /// <summary>Returns the hash over everything that both sides have sent and agreed on. The host signs it.</summary>
    public static byte[] ExchangeHash(
        HashAlgorithmName hash, ReadOnlySpan<byte> clientVersion, ReadOnlySpan<byte> serverVersion, ReadOnlySpan<byte> clientInit,
        ReadOnlySpan<byte> serverInit, ReadOnlySpan<byte> hostKey, ReadOnlySpan<byte> clientValue, ReadOnlySpan<byte> serverValue,
        ReadOnlySpan<byte> secret)
    {
        const int Fields = 7;
        var input = SshWriter.WithoutNumber(
            (Fields * sizeof(uint)) + clientVersion.Length + serverVersion.Length + clientInit.Length + serverInit.Length
            + hostKey.Length + clientValue.Length + serverValue.Length + secret.Length);
        input.WriteString(clientVersion);
        input.WriteString(serverVersion);
        input.WriteString(clientInit);
        input.WriteString(serverInit);
        input.WriteString(hostKey);
        input.WriteString(clientValue);
        input.WriteString(serverValue);
        input.WriteRaw(secret);
        var text = input.FinishSecret();
        try
        {
            return CryptographicOperations.HashData(hash, text.Memory.Span);
        }
        finally
        {
            text.Return();
        }
    }

    /// <summary>Derives a key. Its letter selects it, from A (the client's IV) to F (the server's MAC key).</summary>
    public void Derive(char letter, Span<byte> key)
    {
        var beginning = secret.Length + exchangeHash.Length;
        _text[beginning] = (byte)letter;
        Span<byte> part = stackalloc byte[exchangeHash.Length];
        Span<byte> further = stackalloc byte[beginning + key.Length];
        CryptographicOperations.HashData(hash, _text, part);
        for (var done = 0; ;)
        {
            var count = Math.Min(part.Length, key.Length - done);
            part[..count].CopyTo(key[done..]);
            done += count;
            if (done == key.Length)
                break;
            _text.AsSpan(0, beginning).CopyTo(further);
            key[..done].CopyTo(further[beginning..]);
            CryptographicOperations.HashData(hash, further[..(beginning + done)], part);
        }
        CryptographicOperations.ZeroMemory(part);
        CryptographicOperations.ZeroMemory(further);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_text);
        CryptographicOperations.ZeroMemory(secret);
    }
}
