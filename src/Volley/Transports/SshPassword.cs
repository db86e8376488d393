using System.Collections.Concurrent;
using System.Security.Cryptography;
using Volley.Transports;

namespace Volley;

/// <summary>
/// A password for servers that ask for one. ssh gets it from an askpass program (<see cref="OpenSsh.TryAnswerPrompt"/>). It is never passed
/// in an argument, a variable, a file or a message.
/// </summary>
public sealed class SshPassword : IDisposable
{
    // Pinned, so that the garbage collector does not leave copies behind when it moves objects.
    private readonly byte[] _bytes;
    private readonly ConcurrentDictionary<string, PasswordUse> _uses = [];

    /// <summary>Copies a password. The caller clears its own copy.</summary>
    /// <param name="utf8">The password without a newline; not empty.</param>
    public SshPassword(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            throw new ArgumentException("an empty password", nameof(utf8));
        _bytes = GC.AllocateUninitializedArray<byte>(utf8.Length, pinned: true);
        utf8.CopyTo(_bytes);
    }

    internal ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Returns a copy, which the receiver overwrites with zeros.</summary>
    internal byte[] Copy()
    {
        var copy = GC.AllocateUninitializedArray<byte>(_bytes.Length, pinned: true);
        _bytes.CopyTo(copy, 0);
        return copy;
    }

    /// <summary>Returns the use of the password at a login, which all transports of a run share.</summary>
    internal PasswordUse UseAt(string login) => _uses.GetOrAdd(login, static _ => new PasswordUse());

    /// <summary>Overwrites the password with zeros.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
