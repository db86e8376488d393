using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Volley.Relay.Jobs;

/// <summary>
/// The options of ssh_config(5) that a job may have. None names a file, a program, a socket or another host, forwards anything, or weakens the check of host
/// keys or the encryption that the relay's configuration asks for. All others belong into that configuration.
/// </summary>
internal static partial class RelaySshOptions
{
    /// <summary>The options, with the form of their values. Values have no spaces and no quotes, so one can't begin another option.</summary>
    private static readonly FrozenDictionary<string, Regex> Allowed = new Dictionary<string, Regex>(StringComparer.OrdinalIgnoreCase)
    {
        // How long and how often ssh tries to connect.
        ["ConnectTimeout"] = Time(),
        ["ConnectionAttempts"] = Number(),
        // How a dead connection is noticed.
        ["ServerAliveInterval"] = Time(),
        ["ServerAliveCountMax"] = Number(),
        ["TCPKeepAlive"] = Flag(),
        // How packets travel.
        ["AddressFamily"] = Family(),
        ["Compression"] = Flag(),
        ["IPQoS"] = Word(),
        ["RekeyLimit"] = Size(),
        // Which of the relay's own ways to log in are tried, in which order.
        ["PreferredAuthentications"] = Words(),
        ["PubkeyAuthentication"] = Flag(),
        ["PasswordAuthentication"] = No(),
        ["KbdInteractiveAuthentication"] = No(),
        // Only the strictest value, so that the configuration of the relay is never weakened.
        ["StrictHostKeyChecking"] = Yes(),
        ["IdentitiesOnly"] = Yes(),
        ["BatchMode"] = Yes(),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of the options, in order.</summary>
    public static IEnumerable<string> Names => Allowed.Keys.Order(StringComparer.Ordinal);

    /// <summary>Returns why options of a job are refused, or null.</summary>
    /// <param name="options">The options as <c>Name=Value</c>.</param>
    public static string? FindFault(IEnumerable<string> options)
    {
        foreach (var option in options)
        {
            var shown = InertText.Create(option, 60);
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                return $"the ssh option '{shown}' is not Name=Value";
            if (!Allowed.TryGetValue(option[..equals], out var form))
                return $"the ssh option '{shown}' is not one that a job may have";
            if (!form.IsMatch(option.AsSpan(equals + 1)))
                return $"the ssh option '{shown}' has a value that a job may not have";
        }

        return null;
    }

    [GeneratedRegex(@"\A[0-9]{1,5}[smhSMH]?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Time();

    [GeneratedRegex(@"\A[0-9]{1,5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"\A[0-9]{1,9}[KMGkmg]?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Size();

    [GeneratedRegex(@"\A(yes|no)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Flag();

    [GeneratedRegex(@"\Ayes\z", RegexOptions.CultureInvariant)]
    private static partial Regex Yes();

    [GeneratedRegex(@"\Ano\z", RegexOptions.CultureInvariant)]
    private static partial Regex No();

    [GeneratedRegex(@"\A(any|inet|inet6)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Family();

    [GeneratedRegex(@"\A[a-z0-9]{1,20}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"\A[a-z-]{1,40}(,[a-z-]{1,40}){0,9}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
