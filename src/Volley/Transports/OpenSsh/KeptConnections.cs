using Volley.Ssh.Packets;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh;

/// <summary>The connections of this user that earlier runs left open (<see cref="OpenSshOptions.Keep"/>).</summary>
public static class KeptConnections
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    /// <summary>Lists them, by host. Those whose process is gone are not among them.</summary>
    /// <exception cref="IOException">The folder of their sockets is not this user's alone.</exception>
    public static async Task<IReadOnlyList<KeptConnection>> ListAsync(CancellationToken cancellationToken = default)
    {
        var folder = MasterFolder.Open();
        var notes = folder.Notes();
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

    /// <summary>Ends a connection, with the commands that still run on it.</summary>
    /// <returns>False if its process does not hear us; no run finds it any more, and it ends with its connection.</returns>
    public static Task<bool> CloseAsync(KeptConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        cancellationToken.ThrowIfCancellationRequested();
        MasterFolder.Unshare(connection.Socket);
        return MasterPool.EndAsync(connection.Socket);
    }

    private static async Task<KeptConnection?> LookAsync(MasterNote note, Dictionary<string, int> clients, CancellationToken cancellationToken)
    {
        var isResponsive = true;
        try
        {
            await MuxControl.AliveAsync(note.Socket, AnswerLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (MuxException failure) when (failure.Failure is MuxFailure.Stale or MuxFailure.NoSocket)
        {
            MasterFolder.Remove(note.Socket);
            return null;
        }
        catch (MuxException)
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

/// <summary>A connection that is open for later runs.</summary>
/// <param name="Host">The host, as it was asked for.</param>
/// <param name="User">The login name that was asked for; null for ssh's own choice.</param>
/// <param name="Port">The port that was asked for; null for ssh's own choice.</param>
/// <param name="Socket">The control socket.</param>
public sealed record KeptConnection(string Host, string? User, int? Port, string Socket)
{
    /// <summary>How long it has been open.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>How many runs, and ssh programs, use it at this moment.</summary>
    public int Users { get; init; }

    /// <summary>How long it stays open from now if nobody uses it, or from its last use on where somebody does.</summary>
    public TimeSpan TimeLeft { get; init; }

    /// <summary>Whether its process answers.</summary>
    public bool IsResponsive { get; init; }
}
