namespace Volley.Cli.Options.Secrets;

/// <summary>A password in the output of a program or the content of a file.</summary>
internal static class PasswordText
{
    /// <summary>The largest length of the text, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Returns the password in the first line; null if that is empty.</summary>
    public static SshPassword? GetFirstLine(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n');
        var line = (end < 0 ? text : text[..end]).TrimEnd((byte)'\r');
        return line.IsEmpty ? null : new SshPassword(line);
    }
}
