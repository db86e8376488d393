using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Ssh.Config.Syntax;

/// <summary>Checks that no other user can change a configuration file (FILES in ssh_config(5)).</summary>
internal static class FilePermissions
{
    /// <summary>Checks the owner and the permissions of the user's file, or of an included one.</summary>
    /// <returns>
    /// Whether the file's group can write to it. OpenSSH refuses that; Debian's ssh allows it if the group has no other member, so only the installed
    /// ssh can tell. False on Windows.
    /// </returns>
    /// <exception cref="SshConfigException">Others can write to the file, or it belongs neither to the user nor to root.</exception>
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
