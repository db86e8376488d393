using System.Net;
using Volley.Interop.Text;
using Volley.Ssh.Platform;

namespace Volley.Ssh;

/// <summary>The files to read, and the properties of this machine that directives refer to.</summary>
public sealed record SshConfigFiles
{
    /// <summary>Initializes the paths and the user from the account of this process.</summary>
    public SshConfigFiles()
    {
        var account = LocalAccount.Current();
        LocalUser = account.Name;
        UserId = account.UserId;
        HomeDirectory = account.Home;
        UserFile = Path.Combine(account.Home, ".ssh", "config");
    }

    /// <summary>The user's file and the system's.</summary>
    public static SshConfigFiles Default => new();

    /// <summary>No file at all (ssh's -F none).</summary>
    public static SshConfigFiles None => new() { UserFile = null, SystemFile = null };

    /// <summary>The user's file; null for none. It may be missing. A file that others can write to is refused.</summary>
    public string? UserFile { get; init; }

    /// <summary>The system's file; null for none. It may be missing.</summary>
    public string? SystemFile { get; init; } = InstalledSystemFile;

    /// <summary>The path of the system's file. SUSE's ssh reads the vendor's file if the administrator has none.</summary>
    public static string InstalledSystemFile
    {
        get
        {
            const string Own = "/etc/ssh/ssh_config", Vendor = "/usr/etc/ssh/ssh_config";
            return !File.Exists(Own) && File.Exists(Vendor) ? Vendor : Own;
        }
    }

    /// <summary>The only file to read (ssh's -F), which must exist; "none" for no file; null for the user's and the system's files.</summary>
    public string? OnlyFile { get; init; }

    /// <summary>The home directory for <c>~</c> and %d: the account's, regardless of HOME.</summary>
    internal string HomeDirectory { get; init; }

    /// <summary>The directory for relative paths in Include lines of the system's file.</summary>
    internal string SystemDirectory { get; init; } = "/etc/ssh";

    /// <summary>The local user's name.</summary>
    internal string LocalUser { get; init; }

    /// <summary>The local user's id.</summary>
    public int UserId { get; init; }

    /// <summary>The local host's name: %l, and without its domain %L.</summary>
    internal string LocalHostName { get; init; } = Dns.GetHostName();

    /// <summary>Returns the value of an environment variable; null if it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = SystemEnvironment.Variable;

    /// <summary>
    /// Whether a Kerberos ticket may exist, so that GSSAPIAuthentication, which the system's file of many distributions enables, may log in. If null,
    /// KRB5CCNAME, /etc/krb5.conf and the default ticket file are checked.
    /// </summary>
    internal bool? MayHaveKerberosTicket { get; init; }

    internal bool KerberosIsPossible => MayHaveKerberosTicket
        ?? (Variable("KRB5CCNAME") is not null || File.Exists("/etc/krb5.conf") || File.Exists($"/tmp/krb5cc_{UserId}"));

    /// <summary>The home directory in Include lines: ssh expands them by glob(3), which reads HOME, unlike the rest of ssh.</summary>
    internal string IncludeHome => Variable("HOME") is { Length: > 0 } home ? home : HomeDirectory;
}
