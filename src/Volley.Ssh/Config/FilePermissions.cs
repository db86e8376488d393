using Volley.Interop;
using Volley.Ssh.Files;

namespace Volley.Ssh.Config;

/// <summary>Whether others may change a configuration: then it says what others want (FILES in ssh_config(5)).</summary>
internal static class FilePermissions
{
    /// <summary>Checks a file of the user, or one that is included.</summary>
    /// <returns>
    /// True if the file's group can write to it. OpenSSH refuses that; Debian's allows it if the group has no other member:
    /// only the installed ssh can tell.
    /// </returns>
    /// <exception cref="SshConfigException">Others can write to it, or another account owns it.</exception>
    public static bool CheckIsDoubtful(string path, int userId)
    {
        if (OperatingSystem.IsWindows())
            return false;
        var mode = SystemFile.GetUnixFileMode(path);
        var place = new ConfigPlace(path, 0);
        if (FileStatus.OwnerOf(path) is { } owner && owner != 0 && owner != userId)
            throw place.Error($"bad owner: it belongs to user {owner}, and ssh reads only your own files and root's");
        if (mode.HasFlag(UnixFileMode.OtherWrite))
            throw place.Error($"bad permissions: others can write to it, and so ssh refuses it; run: chmod go-w {path}");
        return mode.HasFlag(UnixFileMode.GroupWrite);
    }
}
