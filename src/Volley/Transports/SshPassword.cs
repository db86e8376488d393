using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Volley.Transports;

/// <summary>A password for servers that ask for one; an ssh gets it by an askpass program (<see cref="OpenSsh.Askpass"/>). It is in no argument, no variable, no file and no message.</summary>
public sealed class SshPassword : IDisposable
{
    // Pinned, so that the collector leaves no copies behind when it moves things.
    private readonly byte[] _bytes;
    private readonly ConcurrentDictionary<string, PasswordUse> _uses = [];

    /// <summary>Takes a copy; the caller clears his own.</summary>
    /// <param name="utf8">The password without a newline; not empty.</param>
    public SshPassword(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            throw new ArgumentException("an empty password", nameof(utf8));
        _bytes = GC.AllocateUninitializedArray<byte>(utf8.Length, pinned: true);
        utf8.CopyTo(_bytes);
    }

    internal ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>What became of the password at a login, which all transports of a run share.</summary>
    internal PasswordUse UseAt(string login) => _uses.GetOrAdd(login, static _ => new PasswordUse());

    /// <summary>Overwrites it. Whoever asks later gets no password.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
