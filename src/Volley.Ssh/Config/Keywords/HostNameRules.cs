using System.Net;
using System.Net.Sockets;
using Volley.Interop.Text;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>The rules of ssh for host names and user names on the command line, and the canonical form of host names.</summary>
internal static class HostNameRules
{
    private const string NotInHosts = "'`\"$\\;&<>|(){}";
    private const string NotInUsers = "'`\";&<>|(){}";

    /// <exception cref="SshConfigException">The name could be taken for an option or for a shell's syntax.</exception>
    public static void CheckHost(string host)
    {
        if (host.StartsWith('-') || host.Any(c => NotInHosts.Contains(c) || char.IsWhiteSpace(c) || char.IsControl(c)) || SystemText.HasBytes(host))
            throw ConfigPlace.CommandLine.Error($"the host name '{host}' contains invalid characters");
    }

    /// <exception cref="SshConfigException">The name could be taken for an option or for a shell's syntax.</exception>
    public static void CheckUser(string user)
    {
        bool bad = user.StartsWith('-') || user.EndsWith('\\') || user.Any(c => NotInUsers.Contains(c) || char.IsControl(c)) || SystemText.HasBytes(user);
        for (int i = 1; i < user.Length; i++)
            bad |= user[i] == '-' && char.IsWhiteSpace(user[i - 1]);
        if (bad)
            throw ConfigPlace.CommandLine.Error($"the user name '{user}' contains invalid characters");
    }

    /// <summary>
    /// Returns a name in lower case. Returns an address in its canonical form, but unchanged if it differs only by case or belongs to an excluded
    /// family.
    /// </summary>
    public static string Canonical(string host, AddressFamily family)
    {
        // The zone of an IPv6 address is the name of an interface, whose case matters. Text with a colon is never a name.
        if (host.Contains('%') || !IPAddress.TryParse(host, out var address))
            return host.Contains(':') ? host : AsciiText.ToLower(host);
        var unwanted = family switch
        {
            AddressFamily.InterNetwork => AddressFamily.InterNetworkV6,
            AddressFamily.InterNetworkV6 => AddressFamily.InterNetwork,
            _ => AddressFamily.Unspecified,
        };
        if (address.AddressFamily == unwanted)
            return unwanted == AddressFamily.InterNetwork ? AsciiText.ToLower(host) : host;
        string canonical = address.ToString();
        return host.Equals(canonical, StringComparison.OrdinalIgnoreCase) ? host : canonical;
    }
}
