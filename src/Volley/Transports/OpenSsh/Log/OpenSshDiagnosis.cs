using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Log;

/// <summary>Determines the cause of a failure from ssh's messages, because its exit code is 255 for every failure (ssh(1)).</summary>
/// <remarks>
/// Messages can contain the peer's text, line feeds included. Each pattern is therefore anchored to the beginning of a message, and a
/// refused host key counts only if its message is the last one: ssh ends there, before the peer can have anything logged after it.
/// </remarks>
internal static partial class OpenSshDiagnosis
{
    private const string HostKeyFailed = "Host key verification failed.";

    /// <summary>The largest number of characters of a proxy command's output in a message.</summary>
    private const int MaxProxyText = 300;

    /// <summary>Returns why ssh ended before the login succeeded.</summary>
    /// <param name="lines">ssh's messages.</param>
    /// <param name="settings">The settings of the host; null if they are unknown.</param>
    public static (NodeOutcome Outcome, string Message) ExplainConnectFailure(IReadOnlyList<string> lines, SshHostSettings? settings)
    {
        if (lines is [.., HostKeyFailed])
        {
            return (NodeOutcome.HostKeyRejected, FindRefusedKey(lines, settings) ?? (IsUnansweredKey(lines, settings)
                ? $"No host key is known for {settings!.HostKeyName}, and the question whether to accept it has no answer"
                : "host key verification failed"));
        }

        foreach (var line in lines)
        {
            if (line.StartsWith("ssh: Could not resolve hostname ", StringComparison.Ordinal))
                return (NodeOutcome.NameNotResolved, WithoutProgramName(line));
            if (Denied().IsMatch(line))
                return (NodeOutcome.AuthenticationFailed, WithoutProgramName(line));
            if (TimedOut().IsMatch(line))
                return (NodeOutcome.ConnectTimedOut, WithoutProgramName(line));
        }

        return (NodeOutcome.ConnectFailed, FindLastCause(lines) ?? "ssh ended without a message");
    }

    /// <summary>Returns whether ssh would have asked the user to accept an unknown host key. It does not log the question.</summary>
    public static bool IsUnansweredKey(IReadOnlyList<string> lines, SshHostSettings? settings) =>
        settings?.StrictHostKeyChecking == SshHostKeyPolicy.Ask && lines is [.., HostKeyFailed] && FindRefusedKey(lines, settings) is null;

    /// <summary>Returns whether the message of a refused login names questions, and no other method that needs no key.</summary>
    public static bool HasOnlyQuestions(string message) =>
        Denied().IsMatch(message) && message.Contains("keyboard-interactive", StringComparison.Ordinal) && !message.Contains("password", StringComparison.Ordinal);

    /// <summary>Returns whether a retry may help an ssh that ended before the login succeeded.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="lines">ssh's messages.</param>
    /// <param name="proxy">The traces of its proxy command.</param>
    public static RetryAdvice GetRetryAdvice(NodeOutcome outcome, IReadOnlyList<string> lines, ProxyTraces proxy)
    {
        if (outcome is not (NodeOutcome.ConnectFailed or NodeOutcome.ConnectTimedOut))
            return RetryAdvice.Never;
        if (lines.Any(l => Dropped().IsMatch(l)) && (!IsBehindProxy(lines) || proxy.PeerHasDropped))
            return RetryAdvice.ServerBusy;
        return lines.Any(l => Passing().IsMatch(l)) ? RetryAdvice.Worthwhile : RetryAdvice.Never;
    }

    /// <summary>Returns whether a connection through a proxy command, whose peer has no name, was lost before the server sent its version.</summary>
    public static bool IsLostBehindProxy(IReadOnlyList<string> lines) => IsBehindProxy(lines) && lines.Any(l => BeforeVersion().IsMatch(l));

    /// <summary>Returns whether the ssh of a jump host reports that its own server dropped it.</summary>
    public static bool IsDropped(string proxyText) => proxyText.Split('\n').Any(l => Dropped().IsMatch(l.TrimEnd('\r')));

    /// <summary>Returns why a connection through a proxy command was lost before the server sent its version.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="message">ssh's message, which names no cause if the proxy command closed the connection.</param>
    /// <param name="proxy">The traces of the proxy command.</param>
    public static string ExplainProxyFailure(NodeOutcome outcome, string message, ProxyTraces proxy)
    {
        var isClosed = outcome == NodeOutcome.ConnectFailed;
        var said = proxy.IsSsh ? ExplainSshProxy(proxy.Text) : OneLine(proxy.Text);
        if (said.Length > 0)
            return isClosed ? $"the proxy command failed: {said}" : $"{message}; the proxy command says: {said}";
        if (!isClosed)
            return message;
        return "the connection through the proxy command was closed before the server identified itself"
            + (proxy.LineBeforeVersion is null ? "" : $": {proxy.LineBeforeVersion}");
    }

    /// <summary>Returns ssh's error about its options, from its output.</summary>
    public static string ExplainOptionError(string text) => OneLine(string.Join('\n', text.Split('\n')
        .Where(line => !OptionsSummary().IsMatch(line)).Select(line => OptionsPlace().Replace(line, ""))));

    /// <summary>Returns whether ssh rejects its configuration files, from its output.</summary>
    public static bool IsConfigurationError(string text) =>
        OptionsSummary().IsMatch(text) || LineOfFile().IsMatch(text) || text.Contains("Bad owner or permissions on ", StringComparison.Ordinal);

    /// <summary>Joins several lines into one. Long text is cut at its beginning, because programs print the cause last.</summary>
    public static string OneLine(string text)
    {
        var lines = text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line != "stdio forwarding failed");
        var joined = new StringBuilder().AppendJoin("; ", lines).ToString();
        return joined.Length <= MaxProxyText ? joined : "…" + joined[^MaxProxyText..];
    }

    /// <summary>Returns why ssh ended with 255 after the login; null if it was the command's own exit code.</summary>
    /// <param name="lines">ssh's messages.</param>
    /// <param name="commandHasEnded">Whether the server has reported the command's end.</param>
    public static (NodeOutcome Outcome, string Message)? ExplainRunFailure(IReadOnlyList<string> lines, bool commandHasEnded)
    {
        if (commandHasEnded)
            return null;
        var refused = lines.FirstOrDefault(l => RefusedSession().IsMatch(l));
        if (refused is not null)
            return (NodeOutcome.ConnectFailed, $"the server refused a session (its MaxSessions?): {WithoutProgramName(refused)}");
        return (NodeOutcome.ConnectionLost, FindLossReason(lines) ?? "the connection was closed by the other side");
    }

    /// <summary>Returns whether a debug message reports that the server has started the command or subsystem.</summary>
    public static bool IsStart(string message) => Started().IsMatch(message);

    /// <summary>Returns whether the server refused the subsystem that ssh asked for.</summary>
    public static bool IsSubsystemRefused(IReadOnlyList<string> lines) => lines.Any(line => RefusedSubsystem().IsMatch(line));

    /// <summary>
    /// Returns ssh's message about the loss of a connection; null if there is none. ssh reports a connection that the other side has
    /// closed only on standard error.
    /// </summary>
    public static string? FindLossReason(IReadOnlyList<string> lines) =>
        lines.LastOrDefault(l => Lost().IsMatch(l)) is { } lost ? WithoutProgramName(lost) : null;

    /// <summary>Returns the distinct reasons for which a server refused to open channels.</summary>
    public static IReadOnlyList<string> RefusedForwards(IReadOnlyList<string> lines) =>
        [.. lines.Select(line => RefusedSession().Match(line)).Where(match => match.Success).Select(match => match.Result("$'")).Distinct()];

    /// <summary>Returns which lines without a tag count after a message. If it ends with the peer's text, the next lines may be that text too.</summary>
    public static UntaggedLines GetAcceptedAfter(string line) =>
        // ssh exits after a message with the peer's last text, but not after a refused channel.
        PeerText().IsMatch(line) ? UntaggedLines.None : RefusedSession().IsMatch(line) ? UntaggedLines.AboutConnection : UntaggedLines.All;

    /// <summary>Returns whether a line without a tag counts.</summary>
    public static bool IsAccepted(string line, UntaggedLines accepted) => accepted switch
    {
        UntaggedLines.All => true,
        // The messages that ssh logs about a connection that has refused a channel.
        UntaggedLines.AboutConnection => RefusedSession().IsMatch(line) || Lost().IsMatch(line),
        _ => false,
    };

    /// <summary>Returns the line that a server sent before its version, from ssh's debug message about it; else null.</summary>
    public static string? LineBeforeVersion(string message) => BannerLine().Match(message) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Returns the software name that a server sent, from ssh's debug message about it; else null.</summary>
    public static string? ServerSoftware(string message) => RemoteSoftware().Match(message) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Returns whether a debug message reports that the proxy command is an ssh.</summary>
    public static bool IsSshAsProxy(string message) => SshAsProxy().IsMatch(message);

    /// <summary>Returns why an ssh that is a proxy command failed, from its standard error, which can contain a peer's text.</summary>
    private static string ExplainSshProxy(string text)
    {
        List<string> lines = [];
        foreach (var line in text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            lines.Add(line);
            if (GetAcceptedAfter(line) != UntaggedLines.All)
                break;
        }

        return lines.Count == 0 ? "" : OneLine(ExplainConnectFailure(lines, settings: null).Message);
    }

    private static bool IsBehindProxy(IReadOnlyList<string> lines) => lines.Any(l => PeerOfProxy().IsMatch(l));

    /// <summary>Returns the message about the key that ssh refused, or null.</summary>
    private static string? FindRefusedKey(IReadOnlyList<string> lines, SshHostSettings? settings)
    {
        var isChanged = lines.Any(l => l.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal));
        foreach (var line in lines)
        {
            if (isChanged && OffendingKey().Match(line) is { Success: true } key)
                return ChangedKey(key.Groups[1].Value, key.Groups[2].Value, settings);
            if (RejectedKey().IsMatch(line))
                return WithoutProgramName(line);
        }

        return null;
    }

    /// <summary>
    /// Returns the message for a changed key. Its remedy is built from the configuration, never from the log, because users paste it into
    /// a shell.
    /// </summary>
    private static string ChangedKey(string file, string line, SshHostSettings? settings) =>
        $"host key changed ({file} line {line}); if the change is expected, remove "
        + (settings is not null
            && settings.HostKeyName is var name
            && (settings.UserKnownHostsFiles.Contains(file) || settings.GlobalKnownHostsFiles.Contains(file))
            && PlainWord().IsMatch(name)
            && PlainWord().IsMatch(file)
            ? string.Create(CultureInfo.InvariantCulture, $"the old one with: ssh-keygen -f \"{file}\" -R \"{name}\"")
            : "that line");

    /// <summary>Returns the last message that may name a cause, or null.</summary>
    private static string? FindLastCause(IReadOnlyList<string> lines)
    {
        if (lines.LastOrDefault(l => !Noise().IsMatch(l)) is not { } last)
            return null;
        // If ssh can't bind its own address, an earlier message has the reason.
        var isBind = last.EndsWith(": failure", StringComparison.Ordinal);
        return WithoutProgramName(isBind ? lines.LastOrDefault(l => l.StartsWith("bind ", StringComparison.Ordinal)) ?? last : last);
    }

    private static string WithoutProgramName(string line) => line.StartsWith("ssh: ", StringComparison.Ordinal) ? line[5..] : line.TrimEnd();

    [GeneratedRegex(@"^Offending .*key in (.+):(\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex OffendingKey();

    [GeneratedRegex(
        "^No .* host key is known for .* requested strict checking|^The .*host key for .* is marked as revoked"
        + "|^Host key .* is revoked by file|^Host key .* revoked by file",
        RegexOptions.CultureInvariant)]
    private static partial Regex RejectedKey();

    [GeneratedRegex(
        @"^\S+@\S+: Permission denied \(|^Received disconnect from \S+ port \d+:\d+: Too many authentication failures",
        RegexOptions.CultureInvariant)]
    private static partial Regex Denied();

    [GeneratedRegex(
        "^ssh: connect to host .*: (?:Connection|Operation) timed out$|^Connection timed out during banner exchange|^Connection to .* timed out$"
        + "|^(?:kex|ssh)_exchange_identification: .*(?:Connection|Operation) timed out$|^ssh_dispatch_run_fatal: .*(?:Connection|Operation) timed out$",
        RegexOptions.CultureInvariant)]
    private static partial Regex TimedOut();

    [GeneratedRegex("^(?:kex|ssh)_exchange_identification: .*(?:Connection closed by remote host|Connection reset by peer)", RegexOptions.CultureInvariant)]
    private static partial Regex Dropped();

    [GeneratedRegex("^(?:banner exchange: )?Connection (?:closed by|reset by|to) UNKNOWN port ", RegexOptions.CultureInvariant)]
    private static partial Regex PeerOfProxy();

    [GeneratedRegex(@": terminating, \d+ bad configuration options", RegexOptions.CultureInvariant)]
    private static partial Regex OptionsSummary();

    // OpenSSH before 8.5 ends at the first bad value, without a summary.
    [GeneratedRegex(@"^\S.* line [1-9][0-9]*: ", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex LineOfFile();

    [GeneratedRegex(@"^command-line: line 0: |^command-line line 0: ", RegexOptions.CultureInvariant)]
    private static partial Regex OptionsPlace();

    [GeneratedRegex("^(?:kex|ssh)_exchange_identification: |^banner exchange: |^Connection timed out during banner exchange", RegexOptions.CultureInvariant)]
    private static partial Regex BeforeVersion();

    [GeneratedRegex(
        "^ssh: connect to host .*: (?:Connection refused|No route to host|Connection reset by peer|(?:Connection|Operation) timed out)$"
        + "|^(?:kex|ssh)_exchange_identification: |^banner exchange: |^Connection (?:closed|reset) by |^Connection (?:to .* )?timed out"
        + "|^ssh_dispatch_run_fatal: .*(?:timed out|Connection reset by peer)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Passing();

    [GeneratedRegex(@"\b(?:exec|subsystem) request accepted\b", RegexOptions.CultureInvariant)]
    private static partial Regex Started();

    [GeneratedRegex(@"^subsystem request failed on channel \d+", RegexOptions.CultureInvariant)]
    private static partial Regex RefusedSubsystem();

    [GeneratedRegex(@"^channel \d+: open failed: ", RegexOptions.CultureInvariant)]
    private static partial Regex RefusedSession();

    [GeneratedRegex(
        "^Connection to .* closed by remote host|^Connection closed by |^Connection reset by |^Read from remote host "
        + "|^Timeout, server .* not responding|^client_loop: |^Received disconnect from |^Disconnected from |^ssh_dispatch_run_fatal: "
        + "|^packet_write_|^Connection to .* timed out",
        RegexOptions.CultureInvariant)]
    private static partial Regex Lost();

    // Messages about a healthy connection.
    [GeneratedRegex(
        "^(?:Transferred:|Bytes per second:|Authenticated (?:to|using) |terminating, |Warning: |WARNING: |@@@|[*][*] |Pseudo-terminal will not )",
        RegexOptions.CultureInvariant)]
    private static partial Regex Noise();

    [GeneratedRegex(@"^Received disconnect from |^\S+@\S+: Permission denied \(|^Unable to negotiate with ", RegexOptions.CultureInvariant)]
    private static partial Regex PeerText();

    [GeneratedRegex(@"banner line \d+: (.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex BannerLine();

    [GeneratedRegex(@"Remote protocol version \S+, remote software version (.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex RemoteSoftware();

    [GeneratedRegex(@"^Executing proxy command: (?:exec )?(?:\S*/)?ssh\s", RegexOptions.CultureInvariant)]
    private static partial Regex SshAsProxy();

    // Text without special meaning to a shell within double quotes, which can't be parsed as an option.
    [GeneratedRegex(@"^[\w./\[~@%+=,:][\w./\[\]~@%+=,: -]*$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainWord();
}
