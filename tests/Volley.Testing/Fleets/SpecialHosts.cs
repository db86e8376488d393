using System.Globalization;

namespace Volley.Testing;

/// <summary>
/// Hosts of every fleet that have server settings of their own: blocks <c>Match LocalAddress</c> of sshd_config(5). They replace a
/// server for each such setting, which takes a second to start and to end.
/// </summary>
/// <remarks>Settings of the key exchange and of host keys can't stand in such a block; <see cref="Fleet.StartAsync"/> serves for these.</remarks>
public static class SpecialHosts
{
    /// <summary>The text that the hosts of <see cref="WithBanner"/> send before the login.</summary>
    public const string Banner = "Authorised users only\n";

    // Far from the addresses of Fleet.Address. Each network is one block.
    private const string Networks = "127.200";
    private const int BannerNetwork = 10;
    private const int FirstTriesNetwork = 20;
    private const int NoTerminalNetwork = 30;
    private const int TwoKeysNetwork = 31;
    private const int NoForwardingNetwork = 32;

    private static readonly int[] SessionLimits = [0, 1, 3];
    private static readonly int[] TryLimits = [1, 2, 3];

    /// <summary>Returns the n-th host that allows 0, 1 or 3 sessions a connection (<c>MaxSessions</c>).</summary>
    public static string WithSessions(int sessions, int n) => Address(Checked(sessions, SessionLimits), n);

    /// <summary>Returns the n-th host that ends a connection after 1, 2 or 3 failed logins (<c>MaxAuthTries</c>).</summary>
    public static string WithTries(int tries, int n) => Address(FirstTriesNetwork + Checked(tries, TryLimits), n);

    /// <summary>Returns the n-th host that shows <see cref="Banner"/>.</summary>
    public static string WithBanner(int n) => Address(BannerNetwork, n);

    /// <summary>Returns the n-th host that refuses terminals (<c>PermitTTY no</c>).</summary>
    public static string WithoutTerminal(int n) => Address(NoTerminalNetwork, n);

    /// <summary>Returns the n-th host that wants logins by two keys (<c>AuthenticationMethods</c>).</summary>
    public static string WithTwoKeys(int n) => Address(TwoKeysNetwork, n);

    /// <summary>Returns the n-th host that forwards nothing.</summary>
    public static string WithoutForwarding(int n) => Address(NoForwardingNetwork, n);

    /// <summary>Writes the blocks, and what they name, into a fleet's directory. Returns the file to include.</summary>
    internal static string Write(string directory)
    {
        var banner = Path.Combine(directory, "special_banner");
        File.WriteAllText(banner, Banner);
        var file = Path.Combine(directory, "special_hosts");
        File.WriteAllLines(file,
        [
            .. SessionLimits.SelectMany(limit => Block(limit, $"MaxSessions {limit}")),
            .. TryLimits.SelectMany(limit => Block(FirstTriesNetwork + limit, $"MaxAuthTries {limit}")),
            .. Block(BannerNetwork, $"Banner {banner}"),
            .. Block(NoTerminalNetwork, "PermitTTY no"),
            .. Block(TwoKeysNetwork, "AuthenticationMethods publickey,publickey"),
            .. Block(NoForwardingNetwork, "AllowTcpForwarding no", "AllowStreamLocalForwarding no", "AllowAgentForwarding no"),
        ]);
        return file;
    }

    private static string[] Block(int network, params string[] lines) =>
        [$"Match LocalAddress {Networks}.{network}.0/24", .. lines.Select(line => $"    {line}")];

    private static string Address(int network, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, 254);
        return string.Create(CultureInfo.InvariantCulture, $"{Networks}.{network}.{n}");
    }

    private static int Checked(int limit, int[] limits) =>
        limits.Contains(limit) ? limit : throw new ArgumentOutOfRangeException(nameof(limit), limit, "no host has this limit");
}
