namespace Volley.Ssh.Sftp;

/// <summary>The names of OpenSSH's extensions (its PROTOCOL file, section 4).</summary>
internal static class SftpExtension
{
    public const string PosixRename = "posix-rename@openssh.com";
    public const string FileSystem = "statvfs@openssh.com";
    public const string HardLink = "hardlink@openssh.com";
    public const string Synchronize = "fsync@openssh.com";
    public const string SetLinkStatus = "lsetstat@openssh.com";
    public const string Limits = "limits@openssh.com";
    public const string ExpandPath = "expand-path@openssh.com";
    // Without a domain: draft-ietf-secsh-filexfer-extensions-00 section 7.
    public const string CopyData = "copy-data";
}
