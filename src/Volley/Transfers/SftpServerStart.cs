using Volley.Execution;
using Volley.Ssh;

namespace Volley.Transfers;

/// <summary>Starts the SFTP server of a transfer at a target, and opens its client.</summary>
/// <param name="start">Starts the server: a process that speaks SFTP on standard input, which is open, and standard output.</param>
internal sealed class SftpServerStart(Func<ISession, CancellationToken, ValueTask<IRemoteProcess>> start)
{
    /// <summary>The subsystem of the target's SSH server.</summary>
    public static SftpServerStart Subsystem { get; } = new(static (session, cancellationToken) => session.OpenSubsystemAsync("sftp", cancellationToken));

    /// <summary>
    /// Starts the server within the limits of the node, and begins the phase of the work. Disposing the client closes the channel at once; do that as
    /// soon as the deadline has fired.
    /// </summary>
    /// <exception cref="SftpUnavailableException">The target has no SFTP server that can be used.</exception>
    /// <exception cref="TransportException">The target can't be reached, or the connection broke.</exception>
    /// <exception cref="OperationCanceledException">The deadline has fired.</exception>
    public async Task<SftpClient> OpenAsync(Node node, ISession session, WorkPhases phases)
    {
        await WorkPhases.WaitForTurnAsync(node, session).ConfigureAwait(false);
        var isStartTimed = phases.BeginStart(node, session);
        try
        {
            var process = await node.Deadline.WaitForAsync(start(session, node.Deadline.Token)).ConfigureAwait(false);
            node.Deadline.Arm();
            var client = await SftpClient.ConnectAsync(new ProcessStream(process), node.Deadline.Token).ConfigureAwait(false);
            phases.BeginWork(node, isStartTimed);
            return client;
        }
        catch (TransportException failure) when (failure.HasNoSubsystem && !failure.IsUnstarted)
        {
            throw new SftpUnavailableException(failure.Message, failure);
        }
        catch (SftpException failure) when (FindLoss(failure) is { } loss)
        {
            throw loss.HasNoSubsystem ? new SftpUnavailableException(loss.Message, failure) : loss.Rephrased(loss.Message);
        }
        catch (SftpException failure)
        {
            throw new SftpUnavailableException(failure.Message, failure);
        }
    }

    /// <summary>Returns whether a client has ended its connection because the server sent what SFTP does not allow.</summary>
    public static bool IsViolation(SftpException failure) =>
        failure is { IsConnectionLost: true, Status: SftpStatus.BadMessage } && FindLoss(failure) is null;

    /// <summary>Returns the transport's reason for the end of a client's connection; null if the server ended it, or the connection has not ended.</summary>
    public static TransportException? FindLoss(SftpException failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is TransportException loss)
                return loss;
        }
        return null;
    }
}
