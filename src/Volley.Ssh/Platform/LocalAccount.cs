using System.Globalization;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Ssh.Platform;

/// <summary>An account of this machine in /etc/passwd. ssh reads the home directory there, not from HOME.</summary>
/// <param name="Name">The login name.</param>
/// <param name="UserId">The user id.</param>
/// <param name="Home">The home directory.</param>
internal sealed record LocalAccount(string Name, int UserId, string Home)
{
    /// <summary>
    /// Returns the account of this process. If /etc/passwd lacks it, because accounts come from another directory service, the runtime's values are
    /// used.
    /// </summary>
    public static LocalAccount Current()
    {
        int id = OperatingSystem.IsWindows() ? 0 : (int)Accounts.UserId();
        return (OperatingSystem.IsWindows() ? null : Find(account => account.UserId == id))
            ?? new(Environment.UserName, id, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
    }

    /// <summary>Returns the home directory of an account; null if /etc/passwd lacks it, and on Windows.</summary>
    public static string? FindHome(string name) => OperatingSystem.IsWindows() ? null : Find(account => account.Name == name)?.Home;

    private static LocalAccount? Find(Predicate<LocalAccount> wanted)
    {
        try
        {
            // name:password:uid:gid:comment:home:shell
            foreach (string line in SystemFile.ReadAllLines("/etc/passwd"))
            {
                var fields = line.Split(':');
                if (fields.Length < 6 || !int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                    continue;
                var account = new LocalAccount(fields[0], id, fields[5]);
                if (wanted(account))
                    return account;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Without the file, accounts come from another directory service.
        }
        return null;
    }
}
