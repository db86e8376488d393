using Volley.Interop;

namespace Volley.Ssh.Transport;

/// <summary>
/// Random bytes for the padding of packets (RFC 4253 section 6). Each thread keeps a store of them, because calling the generator for a
/// few bytes costs more than generating them.
/// </summary>
internal static class RandomPadding
{
    private const int StoreLength = 1024;

    [ThreadStatic]
    private static byte[]? _store;

    [ThreadStatic]
    private static int _left;

    /// <summary>Fills the padding with random bytes.</summary>
    /// <param name="padding">The padding, up to 255 bytes.</param>
    public static void Fill(Span<byte> padding)
    {
        var store = _store ??= new byte[StoreLength];
        if (_left < padding.Length)
        {
            Sodium.FillRandom(store);
            _left = StoreLength;
        }
        _left -= padding.Length;
        store.AsSpan(_left, padding.Length).CopyTo(padding);
    }
}
