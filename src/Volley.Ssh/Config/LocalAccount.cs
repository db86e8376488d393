using System.Globalization;
using Volley.Interop;
using Volley.Ssh.Files;

namespace Volley.Ssh.Config;

/// <summary>Accounts of this machine, by /etc/passwd: ssh takes its home folder from there and not from HOME.</summary>
/// <param name="Name">The login name.</param>
/// <param name="UserId">The number.</param>
/// <param name="Home">The home folder.</param>
internal sealed record LocalAccount(string Name, int UserId, string Home)
{
    /// <summary>Ours. If no line of /etc/passwd has it (another directory service): by what the runtime knows.</summary>
    public static LocalAccount Current()
    {
        int id = OperatingSystem.IsWindows() ? 0 : (int)Accounts.UserId();
        return (OperatingSystem.IsWindows() ? null : Find(account => account.UserId == id))
            ?? new(Environment.UserName, id, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
    }

    /// <summary>Returns the home folder of an account; null if /etc/passwd does not have it.</summary>
    public static string? HomeOf(string name) => OperatingSystem.IsWindows() ? null : Find(account => account.Name == name)?.Home;

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
            // No such file: accounts come from elsewhere.
        }
        return null;
    }
}
