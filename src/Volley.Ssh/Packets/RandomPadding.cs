using Volley.Ssh.Primitives;

namespace Volley.Ssh.Packets;

/// <summary>Random bytes for the end of packets (RFC 4253 section 6), a few at a time from a store of each thread's own: asking the generator costs more than they do.</summary>
internal static class RandomPadding
{
    private const int StoreLength = 1024;

    [ThreadStatic]
    private static byte[]? _store;

    [ThreadStatic]
    private static int _left;

    /// <param name="padding">What to fill, up to 255 bytes.</param>
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
