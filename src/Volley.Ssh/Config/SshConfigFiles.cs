using System.Net;
using Volley.Ssh.Text;

namespace Volley.Ssh.Config;

/// <summary>Which files are read, and what of this machine their directives refer to.</summary>
public sealed record SshConfigFiles
{
    /// <summary>Takes the account that we run as.</summary>
    public SshConfigFiles()
    {
        var account = LocalAccount.Current();
        LocalUser = account.Name;
        UserId = account.UserId;
        HomeFolder = account.Home;
        UserFile = Path.Combine(account.Home, ".ssh", "config");
    }

    /// <summary>The user's file and the system's.</summary>
    public static SshConfigFiles Default => new();

    /// <summary>No file at all (ssh's -F none).</summary>
    public static SshConfigFiles None => new() { UserFile = null, SystemFile = null };

    /// <summary>The user's file; null for none. It may be missing. Others must not be able to write to it.</summary>
    public string? UserFile { get; init; }

    /// <summary>The system's file; null for none. It may be missing.</summary>
    public string? SystemFile { get; init; } = InstalledSystemFile;

    /// <summary>The system's file as ssh looks for it. SUSE's ssh reads the vendor's file where the administrator has none.</summary>
    public static string InstalledSystemFile
    {
        get
        {
            const string Own = "/etc/ssh/ssh_config", Vendor = "/usr/etc/ssh/ssh_config";
            return !File.Exists(Own) && File.Exists(Vendor) ? Vendor : Own;
        }
    }

    /// <summary>A file instead of both (ssh's -F), which must be there; "none" for no file.</summary>
    public string? OnlyFile { get; init; }

    /// <summary>The home folder that <c>~</c> and %d stand for: the account's, whatever HOME says.</summary>
    public string HomeFolder { get; init; }

    /// <summary>Where relative paths of Include in the system's file begin.</summary>
    public string SystemFolder { get; init; } = "/etc/ssh";

    /// <summary>The local user's name.</summary>
    public string LocalUser { get; init; }

    /// <summary>The local user's number.</summary>
    public int UserId { get; init; }

    /// <summary>The local host's name (%l; without its domain %L).</summary>
    public string LocalHostName { get; init; } = Dns.GetHostName();

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Variable { get; init; } = SystemEnvironment.Variable;

    /// <summary>
    /// True if there may be a Kerberos ticket, so that GSSAPIAuthentication (on in the system's file of many
    /// distributions) may log in; the default looks for KRB5CCNAME, /etc/krb5.conf and the default ticket file.
    /// </summary>
    public bool? MayHaveKerberosTicket { get; init; }

    internal bool KerberosIsPossible => MayHaveKerberosTicket
        ?? (Variable("KRB5CCNAME") is not null || File.Exists("/etc/krb5.conf") || File.Exists($"/tmp/krb5cc_{UserId}"));

    /// <summary>Include is a glob(3), which takes <c>~</c> from HOME, unlike the rest of ssh.</summary>
    internal string IncludeHome => Variable("HOME") is { Length: > 0 } home ? home : HomeFolder;
}
