using System.Globalization;
using System.Text.RegularExpressions;

namespace Volley.Transports.OpenSsh.Log;

/// <summary>A line of ssh's log, without the tag that LogVerbose adds to messages of the named functions.</summary>
/// <param name="Function">The function of ssh that logged the line, if its tag names the started process; else null.</param>
/// <param name="IsDebug">Whether it is a debug message.</param>
/// <param name="Text">The message.</param>
internal readonly partial record struct OpenSshLogLine(string? Function, bool IsDebug, string Text)
{
    /// <summary>Returns whether the version has LogVerbose (OpenSSH 8.5, according to its release notes).</summary>
    public static bool CanBeTagged(OpenSshVersion version) => version.IsAtLeast(8, 5);

    /// <summary>Returns the value of LogVerbose that tags the messages that decide about a connection.</summary>
    /// <param name="isSession">Whether ssh stays in the foreground for one session; a control master does not.</param>
    public static string TaggedFunctions(bool isSession) => string.Join(
        ',', ((string[])[Greeting, Proxy, Login, .. isSession ? [ChannelRequest, ChannelReply] : (string[])[]]).Select(function => $"*:{function}():*"));

    /// <summary>The function that logs the lines a server sent before its version.</summary>
    public const string Greeting = "kex_exchange_identification";

    /// <summary>The only message of that function that never begins with the function's name.</summary>
    private const string BannerTimeout = "Connection timed out during banner exchange";

    /// <summary>The function that logs which proxy command is started.</summary>
    public const string Proxy = "ssh_proxy_connect";

    /// <summary>The function that logs that the login succeeded.</summary>
    public const string Login = "ssh_userauth2";

    /// <summary>The function that logs that the server has reported a command's end.</summary>
    public const string ChannelRequest = "client_input_channel_req";

    /// <summary>The function that logs which requests on a channel the server has accepted.</summary>
    public const string ChannelReply = "client_status_confirm";

    /// <summary>Parses a line.</summary>
    /// <param name="line">The line. A message can contain the peer's text, line feeds included.</param>
    /// <param name="processId">The process id of the ssh. A peer does not know it, so it can't forge a valid tag.</param>
    public static OpenSshLogLine Parse(string line, int processId)
    {
        var tag = Tag().Match(line);
        var isDebug = line.StartsWith("debug", StringComparison.Ordinal);
        if (!tag.Success || tag.Groups[3].Value != processId.ToString(CultureInfo.InvariantCulture))
            return new(null, isDebug, line);
        var (function, text) = (tag.Groups[2].Value, tag.Groups[4].Value);
        // The tag replaces the function's name, with which untagged messages of this function begin.
        return new(function, isDebug, function == Greeting && text != BannerTimeout ? $"{Greeting}: {text}" : text);
    }

    // Since OpenSSH 9.8 the program's name precedes the process id.
    [GeneratedRegex(@"^(debug\d: )?[^ :]+:(\w+)\(\):\d+ \((?:bin=[^ ,)]*, )?pid=(\d+)\): (.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}
