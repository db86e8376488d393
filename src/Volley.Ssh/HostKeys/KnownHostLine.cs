using System.Text;
using Volley.Ssh.Keys.Files;
using Volley.Ssh.Wire;

namespace Volley.Ssh.HostKeys;

/// <summary>The markers of a line (SSH_KNOWN_HOSTS FILE FORMAT in sshd(8)).</summary>
internal enum KnownHostMarker
{
    /// <summary>No marker: the key belongs to the host.</summary>
    None,

    /// <summary>The key signs host certificates: @cert-authority.</summary>
    Authority,

    /// <summary>The key must never be accepted: @revoked.</summary>
    Revoked,
}

/// <summary>One line of a known_hosts file.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Marker">The marker.</param>
/// <param name="Names">The hosts.</param>
/// <param name="KeyType">The key's type.</param>
/// <param name="Blob">The key in SSH's encoding.</param>
internal sealed record KnownHostLine(string File, int Number, KnownHostMarker Marker, HostNames Names, string KeyType, byte[] Blob)
{
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>The file and line, for messages.</summary>
    public string Place => $"{File} line {Number}";

    /// <summary>Parses a line. Returns null if it is empty, a comment, or invalid, which ssh ignores too.</summary>
    public static KnownHostLine? Parse(string line, string file, int number)
    {
        var words = line.Split(Blanks, 5, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0][0] == '#')
            return null;
        var marker = words[0] switch
        {
            "@cert-authority" => KnownHostMarker.Authority,
            "@revoked" => KnownHostMarker.Revoked,
            _ => KnownHostMarker.None,
        };
        if (marker == KnownHostMarker.None && words[0][0] == '@')
            return null;
        var at = marker == KnownHostMarker.None ? 0 : 1;
        if (words.Length < at + 3 || HostNames.Parse(words[at]) is not { } names)
            return null;
        return PublicKeyFile.ParseBlob(words[at + 1], words[at + 2]) is { } blob
            ? new(file, number, marker, names, words[at + 1], blob)
            : null;
    }

    /// <summary>Returns the line that records a new key.</summary>
    public static string Write(string name, bool isHashed, ReadOnlySpan<byte> blob)
    {
        var type = new SshReader(blob, "the key").ReadName();
        return new StringBuilder(isHashed ? HashedHostName.Create(name).ToString() : name)
            .Append(' ').Append(type).Append(' ').Append(Convert.ToBase64String(blob)).Append('\n').ToString();
    }
}
