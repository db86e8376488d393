using System.ComponentModel;
using Volley.Transports.Exec;
using Volley.Transports.Processes;

namespace Volley;

/// <summary>
/// A local process, in a session of its own, that is a target's command. Transports that start a program for each target build on it.
/// </summary>
public sealed class LocalProcess : IRemoteProcess
{
    private readonly ChildProcess _child;
    private volatile bool _isDisposed;

    internal LocalProcess(ChildProcess child) => _child = child;

    /// <summary>The process id, which is also the id of the process's group and session.</summary>
    public int ProcessId => _child.ProcessId;

    /// <summary>The number of the signal that ended the process; null while it runs, and if it exited.</summary>
    public int? EndedBySignal { get; private set; }

    /// <inheritdoc/>
    public bool HasSurvivors => _child.GroupIsAlive();

    /// <inheritdoc/>
    public bool HasArguments => true;

    /// <summary>Starts a program, which is searched for on PATH, with this process's environment and no input.</summary>
    /// <param name="arguments">The program and its arguments, at least one element.</param>
    /// <returns>The process.</returns>
    /// <exception cref="ArgumentException">There is no program, or an argument is null or has a NUL.</exception>
    /// <exception cref="Win32Exception">The program can't be started; <see cref="Win32Exception.NativeErrorCode"/> is the system's error number.</exception>
    public static LocalProcess Start(IReadOnlyList<string> arguments) =>
        new(ChildProcess.Start(Argument.Command(arguments, nameof(arguments)), OurEnvironment.Value, pipeInput: false));

    /// <summary>Starts a program as <see cref="Start"/> does, with a standard input that <see cref="WriteAsync"/> and <see cref="CloseInput"/> feed and end.</summary>
    /// <param name="arguments">The program and its arguments, at least one element.</param>
    /// <returns>The process.</returns>
    /// <exception cref="ArgumentException">There is no program, or an argument is null or has a NUL.</exception>
    /// <exception cref="Win32Exception">The program can't be started; <see cref="Win32Exception.NativeErrorCode"/> is the system's error number.</exception>
    public static LocalProcess StartWithInput(IReadOnlyList<string> arguments) =>
        new(ChildProcess.Start(Argument.Command(arguments, nameof(arguments)), OurEnvironment.Value, pipeInput: true));

    /// <summary>Returns the command of a program that can't be started: it prints a message on standard error, and has ended.</summary>
    /// <param name="message">The message, without a newline.</param>
    /// <param name="code">The exit code. A shell has 127 for a program that was not found, and 126 for one that is not executable.</param>
    /// <returns>A command that has ended.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    public static IRemoteProcess CreateUnstarted(string message, int code)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new UnstartedProcess(message, code);
    }

    private static readonly Lazy<IReadOnlyList<string>> OurEnvironment = new(ChildProcess.InheritedEnvironment);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The process was disposed.</exception>
    public ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _child.ReadAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The process was disposed.</exception>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _child.WriteAsync(data, cancellationToken);
    }

    /// <inheritdoc/>
    public void CloseInput() => _child.CloseInput();

    /// <inheritdoc/>
    public ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken) => _child.ConfirmEndedAsync(wait, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The process was disposed.</exception>
    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken)
    {
        // Another process may have the id by now.
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _child.RememberDescendants();
        _child.SignalGroup(Signals.Number(signal));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken)
    {
        var status = await _child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        EndedBySignal = status.Signal;
        return new ExitStatus(status.Code, status.Signal is { } signal ? Signals.Name(signal) : null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return _child.DisposeAsync();
    }
}
