using System.Globalization;
using System.Text;
using Volley.Ssh.Files;
using Volley.Ssh.Text;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// The configuration file that ssh is given: the user's and the system's files, and after them what Volley takes for a
/// default. In ssh_config(5) the first value wins, so a default of ours never goes before the user's word, as it would
/// with -o.
/// </summary>
internal sealed class OpenSshConfig : IDisposable
{
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
        var file = UnlinkedFile.Create();
        file.Write(SystemText.Encode(text));
        file.Flush();
        return file;
    }

    /// <summary>A limit as ssh takes it.</summary>
    public static int WholeSeconds(TimeSpan limit) => (int)Math.Ceiling(Math.Min(limit.TotalSeconds, int.MaxValue));

    private static string[] Files(string? configFile) => configFile switch
    {
        null => ["~/.ssh/config", "/etc/ssh/ssh_config"],
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
