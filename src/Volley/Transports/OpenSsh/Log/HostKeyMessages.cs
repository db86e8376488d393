using System.Text.RegularExpressions;

namespace Volley.Transports.OpenSsh.Log;

/// <summary>The messages about the host key in ssh's log.</summary>
/// <param name="IsChanged">Whether the key has changed or is revoked. ssh continues only with StrictHostKeyChecking no.</param>
/// <param name="RecordedType">The type of a new key that was recorded, in ssh's form (<c>ED25519</c>); null if none was.</param>
/// <param name="IsNotRecorded">Whether a new key was accepted and could not be recorded.</param>
internal sealed partial record HostKeyMessages(bool IsChanged, string? RecordedType, bool IsNotRecorded)
{
    /// <summary>Parses the lines of the log.</summary>
    public static HostKeyMessages Parse(IReadOnlyList<string> lines) => new(
        lines.Any(line => Changed().IsMatch(line)),
        lines.Select(line => Recorded().Match(line)).FirstOrDefault(match => match.Success)?.Groups["type"].Value,
        lines.Any(line => line.StartsWith("Failed to add the host to the list of known hosts (", StringComparison.Ordinal)));

    // sshconnect.c: warn_changed_key, and HOST_REVOKED in check_host_key.
    [GeneratedRegex(@"^@ +WARNING: (?:REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY DETECTED)! +@\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Changed();

    [GeneratedRegex(@"^Warning: Permanently added '[^']+' \((?<type>[A-Z0-9-]+)\) to the list of known hosts\.\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Recorded();
}
