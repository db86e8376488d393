using Volley.Ssh.ControlMaster;

namespace Volley.Ssh;

/// <summary>
/// Requests to an OpenSSH control master from outside, each on its own connection (OpenSSH's PROTOCOL.mux, sections 4 and 5).
/// </summary>
public static class MuxControl
{
    private const uint AliveCheck = 0x10000004;
    private const uint Alive = 0x80000005;
    private const uint Terminate = 0x10000005;
    private const uint Ok = 0x80000001;

    /// <summary>Checks whether a master is alive.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="limit">The time limit for the answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The process id of the master.</returns>
    /// <exception cref="MuxException">There is no master, or it does not answer.</exception>
    public static Task<int> AliveAsync(string path, TimeSpan limit, CancellationToken cancellationToken = default) =>
        AliveAsync(path, limit, TimeProvider.System, cancellationToken);

    /// <summary>Ends a master and all its connections. The server ends their commands as far as it can.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="limit">The time limit for the answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MuxException">There is no master, it does not answer, or it refuses.</exception>
    public static async Task TerminateAsync(string path, TimeSpan limit, CancellationToken cancellationToken = default)
    {
        var (mux, _) = await MuxSocket.AskAsync(
            path, Terminate, Ok, limit, TimeProvider.System, SocketConnector.Default, cancellationToken, endIsAnswer: true).ConfigureAwait(false);
        mux.Dispose();
    }

    internal static async Task<int> AliveAsync(string path, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var (mux, processId) = await MuxSocket.AskAsync(path, AliveCheck, Alive, limit, time, SocketConnector.Default, cancellationToken).ConfigureAwait(false);
        mux.Dispose();
        return processId is > 0 and <= int.MaxValue
            ? (int)processId
            : throw new MuxException(MuxFailure.NotAMux, $"{path}: the control master names no process");
    }
}
