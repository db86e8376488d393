using Volley.Transports;
using Volley.Transports.Exec;
using Volley.Transports.Processes;

namespace Volley;

/// <summary>Runs a local process for each target, from an argument array.</summary>
/// <remarks>
/// Arguments and script arguments of a job reach the process unchanged; the line of <see cref="CommandJob.Shell"/> is run by <c>sh</c>. A job does the
/// same as on a transport over SSH.
/// </remarks>
/// <example>
/// <code>
/// // The command runs in a pod for each target.
/// var transport = new ExecTransport((target, command) =&gt; ["kubectl", "exec", "-i", target.Host, "--", .. command.Arguments]);
/// </code>
/// </example>
public sealed class ExecTransport : ITransport, IDisposalCheck
{
    private readonly IReadOnlyList<string> _environment = ChildProcess.InheritedEnvironment();
    private readonly Func<Target, CommandJob, IReadOnlyList<string>> _getArguments;
    private volatile bool _isDisposed;

    /// <summary>Creates a transport that runs the command itself on this machine.</summary>
    public ExecTransport()
        : this(static (_, command) => command.Arguments)
    {
    }

    /// <summary>Creates a transport that runs a program which takes the command to the target.</summary>
    /// <param name="getArguments">
    /// Returns the program, which is searched for on PATH, and its arguments: at least one element, none of them null or with a NUL; otherwise
    /// the target fails. <see cref="CommandJob.Arguments"/> must reach the command as they are. A program that passes its arguments to a shell,
    /// as ssh does, needs them quoted: <see cref="CommandJob.Program"/> with these arguments has a <see cref="CommandJob.CommandLine"/> that is.
    /// <see cref="CommandJob.Environment"/> is set for the program itself, and the program is what a stop ends.
    /// </param>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public ExecTransport(Func<Target, CommandJob, IReadOnlyList<string>> getArguments)
    {
        ArgumentNullException.ThrowIfNull(getArguments);
        _getArguments = getArguments;
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<ISession>(new ExecSession(target, _getArguments, _environment));
    }

    void IDisposalCheck.ThrowIfDisposed() => ThrowIfDisposed();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return ValueTask.CompletedTask;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
