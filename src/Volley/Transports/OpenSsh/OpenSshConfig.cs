using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Volley.Ssh.Config;
using Volley.Ssh.Files;
using Volley.Ssh.Text;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// The configuration file that ssh is given: what Volley forces, then the user's and the system's files, and after them Volley's
/// defaults. In ssh_config(5) the first value wins, so a default never overrides the user's configuration, as it would with -o.
/// </summary>
internal sealed class OpenSshConfig : IDisposable
{
    /// <summary>
    /// Forced for every ssh: nothing is forwarded, nothing is run here, and no character of the input is a command to ssh. Given by -o
    /// as well, which overrides the user's -o; the ssh that ssh itself starts for a jump host reads only the file.
    /// </summary>
    public static readonly ImmutableArray<KeyValuePair<string, string>> Forced =
    [
        new("ClearAllForwardings", "yes"),
        new("ForwardAgent", "no"),
        new("ForwardX11", "no"),
        new("PermitLocalCommand", "no"),
        new("Tunnel", "no"),
        new("EscapeChar", "none"),
    ];

    private readonly Lazy<FileStream> _file;
    private readonly Lazy<string> _path;

    /// <param name="options">What goes into it. It is not written before an ssh wants it.</param>
    public OpenSshConfig(OpenSshOptions options)
    {
        _file = new(() => Write(Text(options)));
        _path = new(() => DescriptorPath.Of(_file.Value.SafeFileHandle));
    }

    /// <summary>Where ssh, a child of ours, and the ssh that it starts for a jump host find it. It has no name, so nobody else does.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public string Path => _path.Value;

    public void Dispose()
    {
        if (_file.IsValueCreated)
            _file.Value.Dispose();
    }

    /// <summary>The text of the file.</summary>
    public static string Text(OpenSshOptions options)
    {
        var text = new StringBuilder();
        foreach (var (keyword, value) in Forced)
            text.AppendLine(CultureInfo.InvariantCulture, $"{keyword} {value}");
        // In the file only, so that a -o of the user's overrides it: a home directory may need the credentials (Kerberized NFS).
        text.AppendLine("GSSAPIDelegateCredentials no");
        foreach (var file in Files(options.ConfigFile))
            text.Append("Include ").AppendLine(Quote(file));
        text.AppendLine("Host *");
        text.AppendLine("  StrictHostKeyChecking accept-new");
        text.AppendLine(CultureInfo.InvariantCulture, $"  ServerAliveInterval {WholeSeconds(SshOptions.DefaultServerAliveInterval)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  ServerAliveCountMax {SshOptions.DefaultServerAliveCountMax}");
        if (options.DefaultConnectTimeout != Timeout.InfiniteTimeSpan)
            text.AppendLine(CultureInfo.InvariantCulture, $"  ConnectTimeout {WholeSeconds(options.DefaultConnectTimeout)}");
        return text.ToString();
    }

    private static FileStream Write(string text)
    {
        // In memory: a run needs no temporary directory.
        var file = new FileStream(Libc.MemoryFile("volley-ssh-config"), FileAccess.ReadWrite, bufferSize: 0);
        file.Write(SystemText.Encode(text));
        file.Flush();
        return file;
    }

    /// <summary>A limit as ssh takes it.</summary>
    public static int WholeSeconds(TimeSpan limit) => (int)Math.Ceiling(Math.Min(limit.TotalSeconds, int.MaxValue));

    private static string[] Files(string? configFile) => configFile switch
    {
        null => ["~/.ssh/config", SshConfigFiles.InstalledSystemFile],
        "none" => [],
        // A relative Include would be looked for in ~/.ssh.
        _ => [SystemFile.FullPath(configFile)],
    };

    /// <summary>A path as Include reads it: in quotes, and with the characters of glob(7) made literal.</summary>
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
}
