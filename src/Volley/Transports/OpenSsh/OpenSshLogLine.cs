using System.Globalization;
using System.Text.RegularExpressions;

namespace Volley.Transports.OpenSsh;

/// <summary>A line of ssh's log, without the tag that LogVerbose puts in front of the messages of the functions that it names.</summary>
/// <param name="Function">The function of ssh that wrote it, where its tag names the process that we started; else null.</param>
/// <param name="IsDebug">Whether it is a debug message.</param>
/// <param name="Text">The message.</param>
internal readonly partial record struct OpenSshLogLine(string? Function, bool IsDebug, string Text)
{
    /// <summary>LogVerbose came with this version (its release notes).</summary>
    public static bool CanBeTagged(OpenSshVersion version) => version.IsAtLeast(8, 5);

    /// <summary>The value of LogVerbose that tags the messages that decide about a connection.</summary>
    /// <param name="isSession">Whether ssh stays in the foreground for one session; a control master does not.</param>
    public static string TaggedFunctions(bool isSession) => string.Join(
        ',', ((string[])[Greeting, Proxy, Login, .. isSession ? [ChannelRequest, ChannelReply] : (string[])[]]).Select(function => $"*:{function}():*"));

    /// <summary>Says which lines a server sent before its version.</summary>
    public const string Greeting = "kex_exchange_identification";

    /// <summary>The one message of that function which never has its name.</summary>
    private const string BannerTimeout = "Connection timed out during banner exchange";

    /// <summary>Says which proxy command is started.</summary>
    public const string Proxy = "ssh_proxy_connect";

    /// <summary>Says that the server has accepted us.</summary>
    public const string Login = "ssh_userauth2";

    /// <summary>Says that the server has told a command's end.</summary>
    public const string ChannelRequest = "client_input_channel_req";

    /// <summary>Says which requests on a channel the server has accepted.</summary>
    public const string ChannelReply = "client_status_confirm";

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line. What a peer says can be part of a message, line feeds included.</param>
    /// <param name="processId">The ssh: a peer does not know it, and so can't write a tag that counts.</param>
    public static OpenSshLogLine Read(string line, int processId)
    {
        var tag = Tag().Match(line);
        var isDebug = line.StartsWith("debug", StringComparison.Ordinal);
        if (!tag.Success || tag.Groups[3].Value != processId.ToString(CultureInfo.InvariantCulture))
            return new(null, isDebug, line);
        var (function, text) = (tag.Groups[2].Value, tag.Groups[4].Value);
        // The tag stands in the place of the function's name, which begins these messages where they have none.
        return new(function, isDebug, function == Greeting && text != BannerTimeout ? $"{Greeting}: {text}" : text);
    }

    // Since OpenSSH 9.8 the program is named before the process.
    [GeneratedRegex(@"^(debug\d: )?[^ :]+:(\w+)\(\):\d+ \((?:bin=[^ ,)]*, )?pid=(\d+)\): (.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}
