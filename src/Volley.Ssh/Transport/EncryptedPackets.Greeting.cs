using System.Globalization;
using System.Text;

namespace Volley.Ssh.Transport;

/// <content>
/// Reads the server's identification string and the lines that may precede it (RFC 4253 section 4.2). Like ssh, it accepts more than the
/// RFC allows: any characters but NUL, lines of 8 KiB, any minor version.
/// </content>
internal sealed partial class EncryptedPackets
{
    /// <summary>The largest number of lines that ssh reads.</summary>
    private const int MaxLines = 1024;

    /// <summary>The longest line that ssh reads, the identification string included.</summary>
    private const int MaxLineLength = 8192;

    private async ValueTask<byte[]> ReadGreetingAsync(CancellationToken cancellationToken)
    {
        var before = "";
        for (var lines = 0; ;)
        {
            if (_received.Span.IndexOf((byte)'\n') is >= 0 and var length)
            {
                var line = _received.Take(length + 1).Span[..length].TrimEnd((byte)'\r');
                if (line.Length > MaxLineLength || line.IndexOfAny((byte)0, (byte)'\r') >= 0)
                    throw NoSsh(Shown(line));
                if (line.Length > 4 && line.StartsWith("SSH-"u8))
                    return line.ToArray();
                before = Shown(line);
                if (++lines > MaxLines)
                    throw NoSsh(before);
                continue;
            }
            // A carriage return may follow.
            if (_received.Count > MaxLineLength + 1)
                throw NoSsh(Shown(_received.Span));
            Flush();
            var count = await _stream.ReadAsync(_received.MakeRoom(_received.Count + 1), cancellationToken).ConfigureAwait(false);
            OnRead(count);
            if (count > 0)
                continue;
            if (_received.Count > 0)
                before = Shown(_received.Span);
            throw new SshException(SshFailure.ServerBusy,
                $"the server closed the connection before it identified itself{(before.Length > 0 ? $": {before}" : "")}");
        }
    }

    /// <summary>Returns the server's software name, without control characters.</summary>
    /// <param name="version">SSH-protoversion-softwareversion; comments may follow.</param>
    /// <exception cref="SshException">The server speaks another version of SSH, or does not speak SSH.</exception>
    private static string ReadSoftware(ReadOnlySpan<byte> version)
    {
        const int MaxLength = 255;
        var text = Encoding.ASCII.GetString(version);
        if (text.Split('-', 3) is not [_, var protocol, { Length: > 0 } software]
            || protocol.Split('.') is not [var first, var second]
            || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            || !int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var minor))
        {
            throw NoSsh(Shown(version));
        }
        // 1.99 means 2.0 and 1.x (RFC 4253 section 5.1).
        if (major != 2 && (major, minor) != (1, 99))
            throw new SshException(SshFailure.NotSsh, $"the server speaks another version of SSH: {Shown(version)}");
        return Printable(software[..Math.Min(software.Length, MaxLength)]);
    }

    private static SshException NoSsh(string shown) => new(SshFailure.NotSsh, $"the server does not speak SSH: {shown}");

    /// <summary>Returns the beginning of a line, for a message.</summary>
    private static string Shown(ReadOnlySpan<byte> line)
    {
        const int MaxLength = 80;
        return Printable(Encoding.ASCII.GetString(line[..Math.Min(line.Length, MaxLength)]));
    }

    private static string Printable(string text) => new string([.. text.Select(static c => char.IsControl(c) ? ' ' : c)]).Trim();
}
