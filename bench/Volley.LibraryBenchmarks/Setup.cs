using System.Globalization;

namespace Volley.LibraryBenchmarks;

/// <summary>Where and how to connect, and how much. The server needs no process for a command.</summary>
/// <param name="Directory">Holds the user's private key and the ssh_config with everything else that is set here.</param>
/// <param name="Port">The server's port, at every address of the loopback network.</param>
/// <param name="HostKey">The SHA-256 fingerprint of the server's key, without a prefix.</param>
/// <param name="Cipher">The only cipher.</param>
internal sealed record Setup(string Directory, int Port, string HostKey, string Cipher)
{
    public const string User = "bench";
    public const string Command = "answer";
    public const string Answer = "ok\n";
    public const string KeyExchange = "curve25519-sha256";
    public const string HostKeyAlgorithm = "ssh-ed25519";

    public const int HostCount = 200;
    public const int HostsAtOnce = 64;
    public const int CommandCount = 2_000;
    public const int CommandsAtOnce = 8;

    public string ConfigFile => Path.Combine(Directory, "config");

    public string KeyFile => Path.Combine(Directory, "user_key");

    /// <summary>The host that the commands on one connection run at.</summary>
    public static string OneHost => Hosts[0];

    public static IReadOnlyList<string> Hosts { get; } =
        [.. Enumerable.Range(1, HostCount).Select(number => string.Create(CultureInfo.InvariantCulture, $"127.0.1.{number}"))];

    /// <summary>Throws unless a command had the expected effect.</summary>
    /// <exception cref="InvalidOperationException">The exit code or the output is another one.</exception>
    public static void Check(int? exitCode, string output)
    {
        if (exitCode != 0 || output != Answer)
            throw new InvalidOperationException($"exit code {exitCode}, output '{output}'");
    }
}
