using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Volley.Interop.Text;

/// <summary>
/// Text of the operating system, such as arguments, variables and file names: bytes that are UTF-8 only by convention. A byte that is not
/// part of a valid character is decoded to a lone surrogate from U+DC80 to U+DCFF, and encoded to that byte again (PEP 383, Python's
/// surrogateescape). Text therefore passes through a string unchanged.
/// </summary>
internal static class SystemText
{
    private const char FirstByte = '\udc80';
    private const char LastByte = '\udcff';
    private const char LastLowSurrogate = '\udfff';
    private const int ByteOffset = 0xdc00;

    // The replacement of invalid bytes in other decodings, such as the runtime's.
    private const char Replacement = '\ufffd';

    /// <summary>Decodes bytes without loss.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length);
        Span<char> characters = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(characters[..rune.EncodeToUtf16(characters)]);
                bytes = bytes[length..];
            }
            else
            {
                text.Append((char)(ByteOffset + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>Encodes text as UTF-8, and each lone surrogate of <see cref="Decode"/> as its byte.</summary>
    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[GetByteCount(text)];
        Encode(text, bytes);
        return bytes;
    }

    /// <summary>Encodes text into a buffer that has room for it.</summary>
    /// <returns>The number of bytes.</returns>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        var written = 0;
        while (IndexOfByte(text) is >= 0 and var place)
        {
            written += Encoding.UTF8.GetBytes(text[..place], bytes[written..]);
            bytes[written++] = (byte)(text[place] - ByteOffset);
            text = text[(place + 1)..];
        }

        return written + Encoding.UTF8.GetBytes(text, bytes[written..]);
    }

    /// <summary>Returns the number of bytes of the encoded text.</summary>
    public static int GetByteCount(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (IndexOfByte(text) is >= 0 and var place)
        {
            count += Encoding.UTF8.GetByteCount(text[..place]) + 1;
            text = text[(place + 1)..];
        }

        return count + Encoding.UTF8.GetByteCount(text);
    }

    /// <summary>Returns whether text has bytes that are not UTF-8.</summary>
    public static bool HasBytes(ReadOnlySpan<char> text) => IndexOfByte(text) >= 0;

    /// <summary>Returns whether text can be encoded without loss: each of its surrogates is part of a pair, or a byte of <see cref="Decode"/>.</summary>
    public static bool IsEncodable(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAnyInRange('\ud800', LastLowSurrogate) is >= 0 and var place)
        {
            var isPair = char.IsHighSurrogate(text[place]) && place + 1 < text.Length && char.IsLowSurrogate(text[place + 1]);
            if (!isPair && text[place] is < FirstByte or > LastByte)
                return false;
            text = text[(place + (isPair ? 2 : 1))..];
        }

        return true;
    }

    /// <summary>Returns the text with U+FFFD in place of bytes that are not UTF-8, for formats that require valid text, such as JSON.</summary>
    public static string ToValid(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return HasBytes(text) ? Encoding.UTF8.GetString(Encode(text)) : text;
    }

    /// <summary>Returns whether text may have lost bytes in a decoding with replacement.</summary>
    internal static bool MayLack(string text) => text.Contains(Replacement, StringComparison.Ordinal);

    /// <summary>Returns the index of the first lone surrogate that represents a byte; -1 if there is none.</summary>
    private static int IndexOfByte(ReadOnlySpan<char> text)
    {
        for (var start = 0; text[start..].IndexOfAnyInRange(FirstByte, LastByte) is >= 0 and var found; start += found + 1)
        {
            var place = start + found;
            if (place == 0 || !char.IsHighSurrogate(text[place - 1]))
                return place;
        }

        return -1;
    }
}
