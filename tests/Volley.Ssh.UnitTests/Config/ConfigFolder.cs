
namespace Volley.Ssh.UnitTests.Config;

/// <summary>A temporary home directory and system directory for a test.</summary>
internal sealed class ConfigFolder : IDisposable
{
    public string Home { get; } = Directory.CreateTempSubdirectory("volley-config-").FullName;

    public SshConfigFiles Files => new()
    {
        UserFile = Path.Combine(Home, ".ssh/config"),
        SystemFile = Path.Combine(Home, "etc/ssh_config"),
        SystemDirectory = Path.Combine(Home, "etc"),
        HomeDirectory = Home,
        LocalUser = "me",
        MayHaveKerberosTicket = true,
        Variable = name => name == "HOME" ? Home : null,
    };

    /// <summary>Writes a file that its owner alone can write to, and returns its path.</summary>
    public string Write(string path, string text)
    {
        string file = Path.Combine(Home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        SetMode(file, 0b110_000_000);
        return file;
    }

    /// <summary>Sets the nine bits of a mode, where files have one.</summary>
    public static void SetMode(string file, int mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, (UnixFileMode)mode);
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}
