namespace Volley;

/// <summary>
/// A command that runs at a target. Reading, writing, signalling and waiting may overlap. Disposing releases its local resources.
/// </summary>
public interface IRemoteProcess : IAsyncDisposable
{
    /// <summary>
    /// Reads from whichever of the two output streams has data; a count of 0 means that both have ended. The token only ends a wait:
    /// data that is already available is returned even if the token has fired.
    /// </summary>
    /// <param name="buffer">Receives the data; not empty.</param>
    /// <param name="cancellationToken">Ends a wait for data.</param>
    /// <returns>The stream and the number of bytes.</returns>
    /// <exception cref="TransportException">The connection broke.</exception>
    ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>
    /// Writes to the command's standard input; returns false once the input is no longer read. Requires a command that was started with
    /// an input.
    /// </summary>
    /// <param name="data">The data.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <returns>False once the input is no longer read.</returns>
    ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Closes the command's standard input.</summary>
    void CloseInput();

    /// <summary>Sends a signal to the command's process group.</summary>
    /// <param name="signal">TERM, KILL, INT or HUP.</param>
    /// <param name="cancellationToken">Ends the wait until the signal is sent.</param>
    /// <returns>A task that completes when the signal is sent.</returns>
    /// <exception cref="NotSupportedException">The transport can't signal its commands.</exception>
    ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the command's leader has ended. A server may correct the status it sent until the streams have ended; a later call
    /// returns the last status.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="TransportException">The connection broke before the status arrived.</exception>
    ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken);

    /// <summary>Waits, after the leader's end, until everything that the command printed has arrived and can be read.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether no output arrived during the wait.</returns>
    /// <exception cref="TransportException">The connection broke.</exception>
    ValueTask<bool> SettleAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

    /// <summary>Confirms, after a stop and the leader's end, that no process that the command started still runs.</summary>
    /// <param name="wait">How long to wait for remaining processes to end.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <returns>False if a process still runs, or if this can't be determined.</returns>
    ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => ValueTask.FromResult(!HasSurvivors);

    /// <summary>Whether output was lost although the exit status is known: the connection ended before the streams did.</summary>
    bool HasLostOutput => false;

    /// <summary>Whether a process of the command's group is known to have outlived the leader; false if this can't be determined.</summary>
    bool HasSurvivors => false;

    /// <summary>
    /// Whether the command got <see cref="CommandJob.Arguments"/> as its arguments. Otherwise a shell ran <see cref="CommandJob.CommandLine"/>.
    /// </summary>
    bool HasArguments => false;
}

/// <summary>The result of a read.</summary>
/// <param name="Stream">The stream that the data came from.</param>
/// <param name="Count">The number of bytes; 0 if both streams have ended.</param>
public readonly record struct OutputRead(StreamKind Stream, int Count);

/// <summary>The exit status of a command.</summary>
/// <param name="ExitCode">The exit code, or null if a signal ended the command.</param>
/// <param name="Signal">The signal's name without "SIG", or null if the command exited.</param>
public readonly record struct ExitStatus(int? ExitCode, string? Signal);
