using Volley.Interop.Waiting;
using Volley.Ssh;
using Volley.Transports.Sharing;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>A control master, with one connection to it that serves any number of commands at once.</summary>
/// <param name="socket">The path of its socket.</param>
/// <param name="connection">The connection to it.</param>
/// <param name="end">How it ends.</param>
/// <param name="software">The software name that the server sent; null if unknown.</param>
/// <param name="starter">The ssh that started it, whose log receives its messages; null for a master that existed before.</param>
internal sealed class Master(string socket, SshConnection connection, MasterEnd end, string? software, OpenSshProcess? starter) : ISharedLogin, IAsyncDisposable
{
    /// <summary>The time limit for an answer. A master is a local process: one that does not answer at once is stuck.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>The number of connections that are made through one jump host at the same time.</summary>
    private const int MaxConcurrentForwards = 64;

    /// <summary>How long to wait for the server to close channels before leaving a master that continues to run.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>The path of its socket.</summary>
    public string Socket { get; } = socket;

    /// <summary>How it ends.</summary>
    public MasterEnd End { get; } = end;

    /// <summary>When its use was last recorded, in units of <see cref="Environment.TickCount64"/>.</summary>
    public long Touched { get; set; }

    /// <summary>Whether this run started it.</summary>
    public bool IsOurs => starter is not null;

    /// <summary>The slots for connections that are being made through it.</summary>
    public AsyncGate Forwards { get; } = new(MaxConcurrentForwards);

    /// <summary>The connection to it, and the sessions on it.</summary>
    public SharedConnection Connection { get; } = new(connection, software, endReason: () => starter?.FindLossReason());

    /// <summary>Whether the connection is over.</summary>
    public bool IsOver => Connection.IsOver;

    bool ISharedLogin.IsForOneCommand => Connection.IsForOneCommand;

    /// <summary>Whether the master has reported that the server could not forward a connection.</summary>
    public bool HasRefusedForwards => starter?.RefusedForwards() is { Count: > 0 };

    /// <summary>Returns why the server could not forward connections, if the master has reported exactly one reason; else null.</summary>
    public string? RefusedForward() => starter?.RefusedForwards() is [var only] ? only : null;

    /// <summary>Ends a master that other runs can't find. Returns false if it does not respond.</summary>
    public static async Task<bool> EndAsync(string socket)
    {
        try
        {
            await SshControlMaster.TerminateAsync(socket, AnswerLimit).ConfigureAwait(false);
            return true;
        }
        catch (SshControlMasterException failure)
        {
            // The master is gone, or it does not respond; in that case other programs may still reach it through its socket.
            if (failure.Failure == SshControlMasterFailure.Stale)
                File.Delete(socket);
            return failure.Failure is SshControlMasterFailure.NoSocket or SshControlMasterFailure.Stale;
        }
    }

    /// <summary>Does nothing: the session that proved the master alive stays open for the next command.</summary>
    void ISharedLogin.BecomeIdle()
    {
    }

    /// <summary>Closes the connection to the master, which continues to run.</summary>
    public async ValueTask DisposeAsync()
    {
        await Connection.DropSpareAsync().ConfigureAwait(false);
        if (End == MasterEnd.ByItself && !IsOver)
            await WaitUntilIdleAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
        if (starter is not null)
            await starter.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until no channel is closing: an OpenSSH master can crash if a client leaves before that.</summary>
    private async Task WaitUntilIdleAsync()
    {
        using var limit = new CancellationTokenSource(IdleLimit);
        try
        {
            await connection.WaitUntilIdleAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception enough) when (enough is OperationCanceledException or SshException)
        {
            // Leaves anyway if the server does not answer.
        }
    }
}

/// <summary>The ways in which a master ends.</summary>
internal enum MasterEnd
{
    /// <summary>The run that started it ends it.</summary>
    WithRun,

    /// <summary>It ends itself some time after its last use.</summary>
    ByItself,
}
