using Volley.Targets;

namespace Volley.Transports;

/// <summary>A way to reach targets.</summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Connects to a target.</summary>
    /// <exception cref="TransportException">The target can't be reached; it says how that counts.</exception>
    ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken);
}

/// <summary>A connection to one target. A transport whose connection and command are one step makes it at the first start.</summary>
public interface ISession : IAsyncDisposable
{
    /// <summary>Whether starting a command is what connects; then the command's own time limit does not hold for the start.</summary>
    bool ConnectsAtStart => false;

    /// <summary>Whether the target was told to start a command and has not refused: the command may run even if <see cref="StartAsync"/> failed.</summary>
    bool MayHaveStarted => false;

    /// <summary>Makes sure that the target is connected and authenticated, and runs nothing.</summary>
    /// <exception cref="TransportException">The target can't be reached; it says how that counts.</exception>
    ValueTask PingAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the target takes one more command, where it takes only so many at once. It is connected by then, so this
    /// counts to no limit.
    /// </summary>
    /// <exception cref="TransportException">It takes none, or the connection broke.</exception>
    ValueTask WaitForTurnAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Starts a command; it is running when this returns.</summary>
    /// <exception cref="TransportException">It can't be started, or the target can't be reached; it says how that counts.</exception>
    ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken);
}

/// <summary>A command that runs at a target. Reading, writing, signalling and waiting may go on at the same time; disposing ends what is left of it on our side.</summary>
public interface IRemoteProcess : IAsyncDisposable
{
    /// <summary>
    /// Reads from whichever of the two output streams has data; a count of 0 means that both have ended.
    /// Data that is at hand is returned even if the token has fired: it only ends a wait.
    /// </summary>
    /// <exception cref="TransportException">The connection broke.</exception>
    ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes to the command's standard input; false once nobody reads it any more. Only for a command that was started with an input.</summary>
    ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Ends the command's standard input.</summary>
    void CloseInput();

    /// <summary>Sends a signal to the command's process group.</summary>
    /// <param name="signal">TERM, KILL, INT or HUP.</param>
    /// <param name="cancellationToken">Ends the wait for the signal to be passed on.</param>
    /// <exception cref="NotSupportedException">This transport can't signal what it started.</exception>
    ValueTask SignalAsync(string signal, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the command's leader has ended. A server may correct what it has said of that until the streams have ended; another call returns what it
    /// said last.
    /// </summary>
    /// <exception cref="TransportException">The connection broke before the end was known.</exception>
    ValueTask<ExitStatus> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Waits, once the command's leader has ended, until all that it printed is here to be read, where it comes a long way.</summary>
    /// <returns>Whether nothing came meanwhile.</returns>
    /// <exception cref="TransportException">The connection broke.</exception>
    ValueTask<bool> SettleAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

    /// <summary>Confirms, after a stop and the leader's end, that nothing that the command started still runs.</summary>
    /// <param name="wait">How long what is left has to end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if something still runs, and where this can't be told.</returns>
    ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => ValueTask.FromResult(!HasSurvivors);

    /// <summary>Whether output was lost on its way although the command's end is known: its connection ended before its streams did.</summary>
    bool HasLostOutput => false;

    /// <summary>Whether something of the command's process group is known to live on after its leader's end; false where nobody can tell.</summary>
    bool HasSurvivors => false;

    /// <summary>Whether the command got <see cref="CommandJob.Words"/> as its arguments; else it got <see cref="CommandJob.CommandLine"/>, by a shell.</summary>
    bool HasArguments => false;
}

/// <summary>What a read brought.</summary>
/// <param name="Stream">Which stream it came from.</param>
/// <param name="Count">How many bytes; 0 means that both streams have ended.</param>
public readonly record struct ReadResult(StreamKind Stream, int Count);

/// <summary>How a command ended.</summary>
/// <param name="Code">Its exit code, or null if a signal ended it.</param>
/// <param name="Signal">The signal's name without "SIG", or null if it exited.</param>
public readonly record struct ExitStatus(int? Code, string? Signal);
