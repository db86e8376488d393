using System.Security.Cryptography;
using System.Text;
using Volley.Interop;

namespace Volley.Ssh.HostKeys;

/// <summary>A host name that can be recognized but not read: <c>|1|salt|HMAC-SHA1 of the name with the salt as key</c>.</summary>
internal sealed class HashedHostName
{
    private const string Magic = "|1|";
    private const int Size = HMACSHA1.HashSizeInBytes;

    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private HashedHostName(byte[] salt, byte[] hash) => (_salt, _hash) = (salt, hash);

    /// <summary>Hashes a name with a new salt.</summary>
    public static HashedHostName Create(string name)
    {
        var salt = new byte[Size];
        Sodium.FillRandom(salt);
        return new(salt, Hash(salt, name));
    }

    /// <summary>Parses a hashed name. Returns null if it is invalid.</summary>
    public static HashedHostName? Parse(string text)
    {
        if (!text.StartsWith(Magic, StringComparison.Ordinal) || text[Magic.Length..].Split('|') is not [var salt, var hash])
            return null;
        byte[] saltBytes = new byte[Size], hashBytes = new byte[Size];
        return Convert.TryFromBase64String(salt, saltBytes, out var saltLength) && Convert.TryFromBase64String(hash, hashBytes, out var hashLength)
            && saltLength == Size && hashLength == Size ? new(saltBytes, hashBytes) : null;
    }

    public bool Matches(string name) => Hash(_salt, name).AsSpan().SequenceEqual(_hash);

    public override string ToString() => $"{Magic}{Convert.ToBase64String(_salt)}|{Convert.ToBase64String(_hash)}";

    private static byte[] Hash(byte[] salt, string name)
    {
#pragma warning disable CA5350 // The format requires SHA-1. It only hides names from readers of a copied file; it proves nothing.
        return HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(name));
#pragma warning restore CA5350
    }
}
