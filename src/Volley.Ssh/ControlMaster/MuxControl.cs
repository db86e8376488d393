using Volley.Ssh.Net;


namespace Volley.Ssh.ControlMaster;

/// <summary>
/// Requests to an OpenSSH control master from outside, each on its own connection (OpenSSH's PROTOCOL.mux, sections 4 and 5).
/// </summary>
internal static class MuxControl
{
    private const uint AliveCheck = 0x10000004;
    private const uint Alive = 0x80000005;
    private const uint Terminate = 0x10000005;
    private const uint Ok = 0x80000001;

    /// <summary>Checks whether a master is alive.</summary>
    /// <returns>The process id of the master.</returns>
    /// <exception cref="SshControlMasterException">There is no master, or it does not answer.</exception>
    public static async Task<int> AliveAsync(string path, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var (mux, processId) = await MuxSocket.AskAsync(path, AliveCheck, Alive, limit, time, SocketConnector.Default, cancellationToken).ConfigureAwait(false);
        mux.Dispose();
        return processId is > 0 and <= int.MaxValue
            ? (int)processId
            : throw new SshControlMasterException(SshControlMasterFailure.NotAMaster, $"{path}: the control master names no process");
    }

    /// <summary>Ends a master and all its connections.</summary>
    /// <exception cref="SshControlMasterException">There is no master, it does not answer, or it refuses.</exception>
    public static async Task TerminateAsync(string path, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var (mux, _) = await MuxSocket.AskAsync(
            path, Terminate, Ok, limit, time, SocketConnector.Default, cancellationToken, endIsAnswer: true).ConfigureAwait(false);
        mux.Dispose();
    }
}
