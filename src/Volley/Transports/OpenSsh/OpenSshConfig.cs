using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// The configuration file for ssh: first the directives that Volley forces, then the user's and the system's files, then Volley's
/// defaults. In ssh_config(5) the first value wins, so the defaults never override the user's configuration, as they would with -o.
/// </summary>
internal sealed class OpenSshConfig : IDisposable
{
    /// <summary>The directive that <see cref="SshOptions.ForwardAgent"/> sets, for targets only.</summary>
    public const string AgentKeyword = "ForwardAgent";

    /// <summary>
    /// The directives forced for every ssh: no forwarding, no local commands, no escape character in the input. They are also passed with
    /// -o, which overrides the user's -o; the ssh that ssh itself starts for a jump host reads only the file.
    /// </summary>
    public static readonly ImmutableArray<KeyValuePair<string, string>> Forced =
    [
        new("ClearAllForwardings", "yes"),
        new(AgentKeyword, "no"),
        new("ForwardX11", "no"),
        new("PermitLocalCommand", "no"),
        new("Tunnel", "no"),
        new("EscapeChar", "none"),
    ];

    private readonly SshOptions _options;
    private readonly ConcurrentDictionary<int, Lazy<ConfigFile>> _files = [];

    /// <summary>Creates the configuration. A file is written when an ssh needs it.</summary>
    /// <param name="options">The options of the transport.</param>
    public OpenSshConfig(SshOptions options) => _options = options;

    /// <summary>
    /// Returns the path under which ssh, a child process, and the ssh that it starts for a jump host open the file. The file has no name, so
    /// other users can't open it.
    /// </summary>
    /// <param name="connectTimeout">The connect timeout if the user's files set none.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public string GetPath(TimeSpan connectTimeout) => _files.GetOrAdd(
        connectTimeout == Timeout.InfiniteTimeSpan ? 0 : WholeSeconds(connectTimeout),
        static (_, argument) => new(() => ConfigFile.Write(Text(argument._options, argument.connectTimeout))),
        (_options, connectTimeout)).Value.Path;

    public void Dispose()
    {
        foreach (var file in _files.Values.Where(file => file.IsValueCreated))
            file.Value.Stream.Dispose();
    }

    /// <summary>Returns the text of the file.</summary>
    public static string Text(SshOptions options, TimeSpan connectTimeout)
    {
        var text = new StringBuilder();
        foreach (var (keyword, value) in Forced)
            text.AppendLine(CultureInfo.InvariantCulture, $"{keyword} {value}");
        // Only in the file, so that the user's -o overrides it: a home directory may need the credentials (Kerberized NFS).
        text.AppendLine("GSSAPIDelegateCredentials no");
        foreach (var file in Files(options.ConfigFile))
            text.Append("Include ").AppendLine(Quote(file));
        text.AppendLine("Host *");
        text.AppendLine("  StrictHostKeyChecking accept-new");
        text.AppendLine(CultureInfo.InvariantCulture, $"  ServerAliveInterval {WholeSeconds(SshClientOptions.DefaultKeepAliveInterval)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  ServerAliveCountMax {SshClientOptions.DefaultKeepAliveCount}");
        if (connectTimeout != Timeout.InfiniteTimeSpan)
            text.AppendLine(CultureInfo.InvariantCulture, $"  ConnectTimeout {WholeSeconds(connectTimeout)}");
        return text.ToString();
    }

    /// <summary>Returns a time limit in whole seconds, rounded up, as ssh requires.</summary>
    public static int WholeSeconds(TimeSpan limit) => (int)Math.Ceiling(Math.Min(limit.TotalSeconds, int.MaxValue));

    private static string[] Files(string? configFile) => configFile switch
    {
        null => ["~/.ssh/config", SshConfigFiles.InstalledSystemFile],
        "none" => [],
        // Include looks for relative paths in ~/.ssh.
        _ => [SystemFile.FullPath(configFile)],
    };

    /// <summary>Quotes a path for Include: in double quotes, with the special characters of glob(7) escaped.</summary>
    private static string Quote(string path)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in path)
        {
            if (c is '*' or '?' or '[' or '"')
                quoted.Append('\\');
            quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    private sealed record ConfigFile(FileStream Stream, string Path)
    {
        public static ConfigFile Write(string text)
        {
            if (!OperatingSystem.IsLinux())
                throw new PlatformNotSupportedException("ssh is started on Linux only");
            // A file in memory, so that a run needs no temporary directory.
            var file = new FileStream(FileCalls.OpenMemory("volley-ssh-config"), FileAccess.ReadWrite, bufferSize: 0);
            file.Write(SystemText.Encode(text));
            file.Flush();
            return new(file, DescriptorPath.Of(file.SafeFileHandle));
        }
    }
}
