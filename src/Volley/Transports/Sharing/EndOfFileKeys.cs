namespace Volley.Transports.Sharing;

/// <summary>
/// The keys that end the input of a command on a terminal. The end of a channel's data does not: a program that reads from the
/// terminal never sees it.
/// </summary>
internal sealed class EndOfFileKeys
{
    /// <summary>The key Ctrl+D, a terminal's end of file.</summary>
    private static readonly byte[] AtLineStart = [4];

    /// <summary>After an incomplete line the first Ctrl+D only passes on that line: termios(3), VEOF.</summary>
    private static readonly byte[] InLine = [4, 4];

    private bool _isAtLineStart = true;

    /// <summary>The keys that end the input after what was typed so far.</summary>
    public ReadOnlyMemory<byte> Keys => _isAtLineStart ? AtLineStart : InLine;

    /// <summary>Tracks the typed input.</summary>
    public void See(ReadOnlySpan<byte> typed)
    {
        if (typed.Length > 0)
            _isAtLineStart = typed[^1] is (byte)'\n' or (byte)'\r';
    }
}
