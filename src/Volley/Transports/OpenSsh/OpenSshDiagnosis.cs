using System.Text.RegularExpressions;

namespace Volley.Transports.OpenSsh;

/// <summary>Reads the cause of a failure from ssh's own messages: its exit code is 255 for every one of them (ssh(1)).</summary>
internal static partial class OpenSshDiagnosis
{
    /// <summary>Why ssh ended before the server had accepted us.</summary>
    public static (NodeOutcome Outcome, string Message) OfConnecting(IReadOnlyList<string> lines)
    {
        foreach (var line in lines)
        {
            if (OffendingKey().Match(line) is { Success: true } key && IsChangedKey(lines))
                return (NodeOutcome.HostKeyRejected, ChangedKey(key, lines));
            if (RejectedKey().IsMatch(line))
                return (NodeOutcome.HostKeyRejected, Words(line));
            if (line.Contains("Could not resolve hostname", StringComparison.Ordinal))
                return (NodeOutcome.NameNotResolved, Words(line));
            if (Denied().IsMatch(line))
                return (NodeOutcome.AuthenticationFailed, Words(line));
            if (TimedOut().IsMatch(line))
                return (NodeOutcome.ConnectTimedOut, Words(line));
        }

        return lines.Any(l => l.Contains("Host key verification failed", StringComparison.Ordinal))
            ? (NodeOutcome.HostKeyRejected, "host key verification failed")
            : (NodeOutcome.ConnectFailed, LastWords(lines) ?? "ssh ended without a message");
    }

    /// <summary>Whether another try could help, for an ssh that ended before the server had accepted us.</summary>
    public static RetryAdvice RetryOf(NodeOutcome outcome, IReadOnlyList<string> lines)
    {
        if (outcome is not (NodeOutcome.ConnectFailed or NodeOutcome.ConnectTimedOut))
            return RetryAdvice.Never;
        // What ends a proxy or a jump host's ssh looks the same from here, but for the peer that has no name.
        if (lines.Any(l => Dropped().IsMatch(l)) && !lines.Any(l => l.Contains(" UNKNOWN port ", StringComparison.Ordinal)))
            return RetryAdvice.ServerBusy;
        return lines.Any(l => Passing().IsMatch(l)) ? RetryAdvice.Worthwhile : RetryAdvice.Never;
    }

    /// <summary>Why ssh ended with 255 after the server had accepted us; null if it was the command's own exit code.</summary>
    /// <param name="lines">Its messages.</param>
    /// <param name="commandHasEnded">Whether the server has told the command's end.</param>
    public static (NodeOutcome Outcome, string Message)? OfRunning(IReadOnlyList<string> lines, bool commandHasEnded)
    {
        if (commandHasEnded)
            return null;
        var refused = lines.FirstOrDefault(l => RefusedSession().IsMatch(l));
        if (refused is not null)
            return (NodeOutcome.ConnectFailed, $"the server refused a session (its MaxSessions?): {Words(refused)}");
        // That the other side has closed the connection ssh says on standard error only.
        var lost = lines.LastOrDefault(l => Lost().IsMatch(l)) ?? LastWords(lines) ?? "the connection was closed by the other side";
        return (NodeOutcome.ConnectionLost, Words(lost));
    }

    /// <summary>The different reasons for which a server did not open a channel.</summary>
    public static IReadOnlyList<string> RefusedForwards(IReadOnlyList<string> lines) =>
        [.. lines.Select(line => RefusedSession().Match(line)).Where(match => match.Success).Select(match => match.Result("$'")).Distinct()];

    private static bool IsChangedKey(IReadOnlyList<string> lines) =>
        lines.Any(l => l.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal));

    private static string ChangedKey(Match key, IReadOnlyList<string> lines)
    {
        var remedy = lines.FirstOrDefault(l => l.TrimStart().StartsWith("ssh-keygen ", StringComparison.Ordinal))?.Trim();
        return $"host key changed ({key.Groups[1].Value} line {key.Groups[2].Value})"
            + (remedy is null ? "" : $"; if that is as it should be, remove the old one with: {remedy}");
    }

    /// <summary>The last message that says something, or null.</summary>
    public static string? LastWords(IReadOnlyList<string> lines) => lines.LastOrDefault(l => !Noise().IsMatch(l)) is { } last ? Words(last) : null;

    private static string Words(string line) => line.StartsWith("ssh: ", StringComparison.Ordinal) ? line[5..] : line.TrimEnd();

    [GeneratedRegex(@"^Offending .*key (?:in|for IP in) (.+):(\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex OffendingKey();

    [GeneratedRegex("host key is known for .* requested strict checking|host key for .* is marked as revoked|is revoked by file", RegexOptions.CultureInvariant)]
    private static partial Regex RejectedKey();

    [GeneratedRegex(@"^\S+@\S+: Permission denied \(|Too many authentication failures", RegexOptions.CultureInvariant)]
    private static partial Regex Denied();

    [GeneratedRegex("(?:Connection|Operation) timed out", RegexOptions.CultureInvariant)]
    private static partial Regex TimedOut();

    [GeneratedRegex("^(?:kex|ssh)_exchange_identification: .*(?:Connection closed by remote host|Connection reset by peer)", RegexOptions.CultureInvariant)]
    private static partial Regex Dropped();

    [GeneratedRegex(
        "Connection refused|timed out|No route to host|^(?:kex|ssh)_exchange_identification: |^banner exchange: |^Connection (?:closed|reset) by |Connection reset by peer",
        RegexOptions.CultureInvariant)]
    private static partial Regex Passing();

    [GeneratedRegex(@"^channel \d+: open failed: ", RegexOptions.CultureInvariant)]
    private static partial Regex RefusedSession();

    [GeneratedRegex(@"^Connection to .* closed by remote host|^Connection closed by |^Connection reset by |^Read from remote host |^Timeout, server .* not responding|^client_loop: |^Received disconnect from |^Disconnected from |^ssh_dispatch_run_fatal: |^packet_write_|^Connection to .* timed out", RegexOptions.CultureInvariant)]
    private static partial Regex Lost();

    [GeneratedRegex("^(?:Transferred:|Bytes per second:|Authenticated to|terminating, )", RegexOptions.CultureInvariant)]
    private static partial Regex Noise();
}
