namespace Volley.Transports.Exec;

/// <summary>The SFTP server of OpenSSH as a program, for targets that are reached without an SSH server.</summary>
internal static class SftpProgram
{
    /// <summary>The name of the subsystem that the program serves.</summary>
    public const string Subsystem = "sftp";

    // Debian; Fedora and RHEL; Arch, Alpine and SUSE; newer SUSE; BSD and macOS; Gentoo; NixOS; own builds.
    private const string Paths = "/usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server /usr/libexec/ssh/sftp-server"
        + " /usr/libexec/sftp-server /usr/lib64/misc/sftp-server /usr/lib/misc/sftp-server /run/current-system/sw/libexec/sftp-server"
        + " /usr/local/libexec/sftp-server";

    private const string Line = $"for f in {Paths}; do [ -x $f ] && exec $f; done; echo 'sftp-server is not installed' >&2; exit 127";

    /// <summary>The command that starts the program. It exits with 127, as a shell does for a missing command, if no program is installed.</summary>
    public static CommandJob Start { get; } = CommandJob.Shell(Line);

    /// <summary>
    /// The same in the home directory of the user who runs it, as after a login of that user: sudo and doas leave a command in that of another one. Without
    /// such a directory it is the root, as for sshd(8).
    /// </summary>
    public static CommandJob StartAtHome { get; } = CommandJob.Shell($"cd ~ 2>/dev/null || cd /; {Line}");
}
