using System.Security.Cryptography;

namespace Volley.Ssh.Primitives;

/// <summary>Bytes that the garbage collector does not copy, and that are zeroed on disposal.</summary>
internal sealed class SecretBytes(int length) : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(length, pinned: true);

    public SecretBytes(ReadOnlySpan<byte> bytes)
        : this(bytes.Length) => bytes.CopyTo(_bytes);

    /// <summary>The array itself, for interfaces that require one.</summary>
    public byte[] Array => _bytes;

    public Span<byte> Span => _bytes;

    public int Length => _bytes.Length;

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
