using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Org.BouncyCastle.Crypto.Digests;
using Volley.Ssh.Files;
using Volley.Ssh.Text;
using Volley.Targets;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// What a connection is the same for: all that changes it, in a short form. Whoever asks for another user, port, key, jump host or
/// option, or has changed a configuration file since, never gets it. What is the same for all hosts is looked up once a run.
/// </summary>
internal sealed class MasterKeys
{
    private readonly string _user = Environment.UserName;
    private readonly string? _agent = SystemEnvironment.Variable("SSH_AUTH_SOCK");
    private readonly ConcurrentDictionary<string, string?[]> _stamps = [];

    /// <summary>Twelve characters that are safe in a file name.</summary>
    public string Of(Target target, OpenSshOptions options)
    {
        var text = new StringBuilder();
        Add(_user);
        Add(target.Host);
        Add(target.User ?? options.User);
        Add((target.Port ?? options.Port)?.ToString(CultureInfo.InvariantCulture));
        Add(options.Jump);
        Add(options.ConfigFile);
        foreach (var identity in options.IdentityFiles)
            Add(SystemFile.FullPath(identity));
        Add("");
        foreach (var option in options.Options)
            Add(option);
        foreach (var stamp in _stamps.GetOrAdd(options.ConfigFile ?? "", static (_, file) => [.. ConfigFiles(file).Select(Stamp)], options.ConfigFile))
            Add(stamp);
        Add(_agent);
        // The base library's would load OpenSSL first, which costs more than a warm run.
        var digest = new Sha256Digest();
        digest.BlockUpdate(SystemText.Encode(text.ToString()));
        var hash = new byte[digest.GetDigestSize()];
        digest.DoFinal(hash);
        return Convert.ToHexStringLower(hash)[..12];

        // A null is no empty text, and no text can pretend to be two.
        void Add(string? value) => text.Append(value is null ? "-" : $"{value.Length}:{value}").Append('\n');
    }

    private static string[] ConfigFiles(string? configFile) => configFile switch
    {
        null => [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh", "config"), "/etc/ssh/ssh_config"],
        "none" => [],
        _ => [configFile],
    };

    private static string? Stamp(string path) => SystemFile.Status(path) is var (length, changedAt)
        ? string.Create(CultureInfo.InvariantCulture, $"{SystemFile.FullPath(path)} {length} {changedAt.Ticks}")
        : null;
}
