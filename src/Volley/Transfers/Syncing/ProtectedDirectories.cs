using System.Globalization;
using System.Text;
using Volley.Ssh;

namespace Volley.Transfers.Syncing;

/// <summary>The directories in which nothing is deleted: the root directory, home directories, and those that hold one.</summary>
internal static class ProtectedDirectories
{
    private const string Accounts = "/etc/passwd";
    private const int MaxAccountsLength = 4 << 20;
    private const int FirstPerson = 1000;
    private const int BufferLength = 32 << 10;

    /// <summary>Checks that things may be deleted in a directory.</summary>
    /// <param name="client">The SFTP client.</param>
    /// <param name="path">The absolute path, without links.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">They may not.</exception>
    public static async Task CheckAsync(SftpClient client, string path, CancellationToken cancellationToken)
    {
        List<string> homes = [await client.GetRealPathAsync(".", cancellationToken).ConfigureAwait(false)];
        homes.AddRange(await ReadHomesAsync(client, cancellationToken).ConfigureAwait(false));
        var prefix = path.EndsWith('/') ? path : $"{path}/";
        if (path == "/" || homes.Exists(home => home == path || home.StartsWith(prefix, StringComparison.Ordinal)))
            throw new TransferException(path, "nothing is deleted in the root directory, in a home directory or above one; nothing was changed");
    }

    /// <summary>Returns the home directories of root and of the accounts of people. Without the file of accounts there are none.</summary>
    private static async Task<IEnumerable<string>> ReadHomesAsync(SftpClient client, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        try
        {
            var file = await client.OpenAsync(Accounts, FileMode.Open, FileAccess.Read, cancellationToken: cancellationToken).ConfigureAwait(false);
            await using var closing = file.ConfigureAwait(false);
            var reader = file.OpenReader();
            await using var ending = reader.ConfigureAwait(false);
            var buffer = new byte[BufferLength];
            while (text.Length < MaxAccountsLength && await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            return [];
        }

        return from line in text.ToString().Split('\n')
               let fields = line.Split(':')
               where fields.Length >= 6 && fields[5].StartsWith('/') && fields[5].TrimEnd('/').Length > 0
               where int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var user) && (user == 0 || user >= FirstPerson)
               select fields[5].TrimEnd('/');
    }
}
