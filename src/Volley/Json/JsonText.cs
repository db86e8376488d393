using System.Buffers;
using System.Text;

namespace Volley.Json;

/// <summary>Splits a UTF-8 stream between characters: an incomplete character at the end of a chunk is buffered until the next one.</summary>
internal sealed class JsonText
{
    private const int MaxCharacterLength = 4;

    private readonly byte[] _held = new byte[MaxCharacterLength];
    private byte[] _joined = [];
    private int _heldCount;

    /// <summary>Returns the buffered bytes and the chunk, without an incomplete character at the end.</summary>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> chunk)
    {
        if (_heldCount > 0)
        {
            var length = _heldCount + chunk.Length;
            if (_joined.Length < length)
                _joined = new byte[length];
            _held.AsSpan(0, _heldCount).CopyTo(_joined);
            chunk.CopyTo(_joined.AsSpan(_heldCount));
            chunk = _joined.AsSpan(0, length);
        }

        var cut = chunk.Length - CutLength(chunk);
        _heldCount = chunk.Length - cut;
        chunk[cut..].CopyTo(_held);
        return chunk[..cut];
    }

    /// <summary>Returns the buffered bytes at the end of the stream.</summary>
    public ReadOnlySpan<byte> TakeRest()
    {
        var count = _heldCount;
        _heldCount = 0;
        return _held.AsSpan(0, count);
    }

    /// <summary>Returns the number of bytes at the end that begin an incomplete character.</summary>
    private static int CutLength(ReadOnlySpan<byte> text)
    {
        for (var length = 1; length < MaxCharacterLength && length <= text.Length; length++)
        {
            var isContinuation = (text[^length] & 0xC0) == 0x80;
            if (!isContinuation)
                return Rune.DecodeFromUtf8(text[^length..], out _, out _) == OperationStatus.NeedMoreData ? length : 0;
        }

        return 0;
    }
}
