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
    private volatile bool _isDisposed;

    /// <summary>Copies a password. The caller clears its own copy.</summary>
    /// <param name="utf8">The password without a newline; not empty.</param>
    /// <exception cref="ArgumentException">The password is empty.</exception>
    public SshPassword(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            throw new ArgumentException("an empty password", nameof(utf8));
        _bytes = GC.AllocateUninitializedArray<byte>(utf8.Length, pinned: true);
        utf8.CopyTo(_bytes);
    }

    internal ReadOnlyMemory<byte> Bytes
    {
        get
        {
            ThrowIfDisposed();
            return _bytes;
        }
    }

    /// <summary>Returns a copy, which the receiver overwrites with zeros.</summary>
    /// <returns>The password in UTF-8.</returns>
    /// <exception cref="ObjectDisposedException">The password is disposed.</exception>
    public byte[] Copy()
    {
        ThrowIfDisposed();
        var copy = GC.AllocateUninitializedArray<byte>(_bytes.Length, pinned: true);
        _bytes.CopyTo(copy, 0);
        return copy;
    }

    /// <summary>Returns the use of the password at a login, which all transports of a run share.</summary>
    internal PasswordUse UseAt(string login) => _uses.GetOrAdd(login, static _ => new PasswordUse());

    /// <summary>Throws if the password is disposed: zeros in its place would count as a failed login.</summary>
    /// <exception cref="ObjectDisposedException">The password is disposed.</exception>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <summary>Overwrites the password with zeros. Transports with this password must be disposed before.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }
}
