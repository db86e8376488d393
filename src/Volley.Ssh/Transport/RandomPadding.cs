using Volley.Interop;

namespace Volley.Ssh.Transport;

/// <summary>
/// Random bytes for the padding of one connection's packets (RFC 4253 section 6), generated in advance: calling the generator for a few bytes costs
/// more than generating them. Not thread-safe.
/// </summary>
internal sealed class RandomPadding
{
    private const int StoreLength = 256;

    private readonly byte[] _store = new byte[StoreLength];
    private int _left;

    /// <summary>Fills the padding with random bytes.</summary>
    /// <param name="padding">The padding, up to 255 bytes.</param>
    public void Fill(Span<byte> padding)
    {
        if (_left < padding.Length)
        {
            Sodium.FillRandom(_store);
            _left = StoreLength;
        }
        _left -= padding.Length;
        _store.AsSpan(_left, padding.Length).CopyTo(padding);
    }
}
