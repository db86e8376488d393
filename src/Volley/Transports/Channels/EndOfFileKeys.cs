namespace Volley.Transports.Channels;

/// <summary>The keys that end the input of a command on a terminal. The end of a channel's data says nothing to who reads from a terminal.</summary>
internal sealed class EndOfFileKeys
{
    /// <summary>The key Ctrl+D: a terminal's end of file.</summary>
    private static readonly byte[] AtLineStart = [4];

    /// <summary>Behind an unfinished line the first one only hands over that line: termios(3), VEOF.</summary>
    private static readonly byte[] InLine = [4, 4];

    private bool _isAtLineStart = true;

    /// <summary>The keys, by what was typed until now.</summary>
    public ReadOnlyMemory<byte> Keys => _isAtLineStart ? AtLineStart : InLine;

    /// <summary>Takes note of what is typed.</summary>
    public void See(ReadOnlySpan<byte> typed)
    {
        if (typed.Length > 0)
            _isAtLineStart = typed[^1] is (byte)'\n' or (byte)'\r';
    }
}
