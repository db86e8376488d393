using System.Net;
using System.Net.Sockets;
using Volley.Ssh.Text;

namespace Volley.Ssh.Config;

/// <summary>What ssh accepts as a host's and a user's name on the command line, and how it writes a host's.</summary>
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
        bool bad = user.StartsWith('-') || user.EndsWith('\\') || user.Any(NotInUsers.Contains) || SystemText.HasBytes(user);
        for (int i = 1; i < user.Length; i++)
            bad |= user[i] == '-' && char.IsWhiteSpace(user[i - 1]);
        if (bad)
            throw ConfigPlace.CommandLine.Error($"the user name '{user}' contains invalid characters");
    }

    /// <summary>
    /// Names in lower case; addresses in their usual form, unless they differ from it by case alone, or are of a family
    /// that is not wanted.
    /// </summary>
    public static string Canonical(string host, AddressFamilyChoice family)
    {
        // The scope of an IPv6 address is an interface's name, and what has a colon is never taken for a name.
        if (host.Contains('%') || !IPAddress.TryParse(host, out var address))
            return host.Contains(':') ? host : AsciiText.ToLower(host);
        var unwanted = family switch
        {
            AddressFamilyChoice.Inet => AddressFamily.InterNetworkV6,
            AddressFamilyChoice.Inet6 => AddressFamily.InterNetwork,
            _ => AddressFamily.Unspecified,
        };
        if (address.AddressFamily == unwanted)
            return unwanted == AddressFamily.InterNetwork ? AsciiText.ToLower(host) : host;
        string canonical = address.ToString();
        return host.Equals(canonical, StringComparison.OrdinalIgnoreCase) ? host : canonical;
    }
}
