using Volley.Ssh;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh;

/// <summary>The connections of the current user that earlier runs left open (<see cref="SshOptions.Keep"/>).</summary>
internal static class KeptConnections
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    /// <summary>Lists the connections by host, without those whose process has ended.</summary>
    /// <exception cref="IOException">The directory of the sockets is not private to the user.</exception>
    public static async Task<IReadOnlyList<KeptConnection>> ListAsync(CancellationToken cancellationToken = default)
    {
        var directory = MasterDirectory.Open();
        var notes = directory.ReadNotes();
        var clients = MasterClients.Count();
        var connections = await Task.WhenAll(notes.Select(note => LookAsync(note, clients, cancellationToken))).ConfigureAwait(false);
        return
        [
            .. connections.OfType<KeptConnection>()
                .OrderBy(connection => connection.Host, StringComparer.Ordinal)
                .ThenBy(connection => connection.User, StringComparer.Ordinal)
                .ThenBy(connection => connection.Port)
                .ThenByDescending(connection => connection.Age),
        ];
    }

    /// <summary>Ends a connection and the commands that still run on it.</summary>
    /// <returns>False if the process does not respond. Later runs do not find it, and it ends with its connection.</returns>
    public static Task<bool> CloseAsync(KeptConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        cancellationToken.ThrowIfCancellationRequested();
        MasterDirectory.Unshare(connection.Socket);
        return Master.EndAsync(connection.Socket);
    }

    private static async Task<KeptConnection?> LookAsync(MasterNote note, Dictionary<string, int> clients, CancellationToken cancellationToken)
    {
        var isResponsive = true;
        try
        {
            await SshControlMaster.GetProcessIdAsync(note.Socket, AnswerLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (SshControlMasterException failure) when (failure.Failure is SshControlMasterFailure.Stale or SshControlMasterFailure.NoSocket)
        {
            MasterDirectory.Remove(note.Socket);
            return null;
        }
        catch (SshControlMasterException)
        {
            isResponsive = false;
        }

        var now = DateTimeOffset.UtcNow;
        var isInUse = clients.TryGetValue(note.Socket, out var users);
        return new KeptConnection(note.Host, note.User, note.Port, note.Socket)
        {
            Age = Positive(now - note.Started),
            Users = users,
            TimeLeft = isInUse ? note.Keep : Positive(note.LastUsed + note.Keep - now),
            IsResponsive = isResponsive,
        };
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
