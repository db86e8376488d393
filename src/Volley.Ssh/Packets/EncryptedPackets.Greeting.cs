using System.Text;

namespace Volley.Ssh.Packets;

/// <content>The server's identification string, and the lines that may stand in front of it (RFC 4253 section 4.2).</content>
public sealed partial class EncryptedPackets
{
    private const int LongestVersion = 255;

    /// <summary>Of the lines in front; as many as ssh reads.</summary>
    private const int MostLines = 1024;
    private const int LongestLine = 8192;
    private const int MostText = 64 << 10;

    private async ValueTask<byte[]> ReadGreetingAsync(CancellationToken cancellationToken)
    {
        var before = "";
        for (int lines = 0, text = 0; ;)
        {
            if (_received.Span.IndexOf((byte)'\n') is >= 0 and var length)
            {
                var line = _received.Take(length + 1).Span[..length];
                if (line.StartsWith("SSH-"u8))
                    return ReadVersion(line);
                before = Shown(line);
                text += length;
                if (++lines > MostLines || text > MostText)
                    throw NoSsh(before);
                continue;
            }
            if (_received.Count > LongestLine)
                throw NoSsh(Shown(_received.Span));
            Flush();
            var count = await _stream.ReadAsync(_received.MakeRoom(_received.Count + 1), cancellationToken).ConfigureAwait(false);
            _received.Add(count);
            if (count > 0)
                continue;
            if (_received.Count > 0)
                before = Shown(_received.Span);
            throw new SshException(SshFailure.TurnedAway,
                $"the server closed the connection before it said who it is{(before.Length > 0 ? $": {before}" : "")}");
        }
    }

    /// <summary>Checks the version; what is returned is what the exchange hash is over.</summary>
    private static byte[] ReadVersion(ReadOnlySpan<byte> line)
    {
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        if (line.Length > LongestVersion || line.IndexOfAnyExceptInRange((byte)' ', (byte)0xff) >= 0)
            throw NoSsh(Shown(line));
        if (!line.StartsWith("SSH-2.0-"u8) && !line.StartsWith("SSH-1.99-"u8))
            throw SshException.Violation($"the server speaks another version of SSH: {Shown(line)}");
        return line.ToArray();
    }

    private static SshException NoSsh(string shown) => SshException.Violation($"the server does not speak SSH: {shown}");

    /// <summary>The beginning of a line, fit for a message.</summary>
    private static string Shown(ReadOnlySpan<byte> line)
    {
        const int Longest = 80;
        var text = Encoding.ASCII.GetString(line[..Math.Min(line.Length, Longest)]);
        return new string([.. text.Select(static c => char.IsControl(c) ? ' ' : c)]).Trim();
    }
}
