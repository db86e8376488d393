using Volley.Interop;

namespace Volley.Ssh.Transport;

/// <summary>
/// Random bytes of one connection that need not stay secret: the padding of its packets and the cookies of its key exchanges (RFC 4253 sections 6 and
/// 7.1). They are generated in advance, because calling the generator for a few bytes costs more than generating them. Not thread-safe.
/// </summary>
internal sealed class RandomBytes
{
    private const int StoreLength = 256;

    private readonly byte[] _store = new byte[StoreLength];
    private int _left;

    /// <summary>Fills a buffer with random bytes.</summary>
    /// <param name="bytes">The buffer, up to 256 bytes.</param>
    public void Fill(Span<byte> bytes)
    {
        if (_left < bytes.Length)
        {
            Sodium.FillRandom(_store);
            _left = StoreLength;
        }
        _left -= bytes.Length;
        _store.AsSpan(_left, bytes.Length).CopyTo(bytes);
    }
}
