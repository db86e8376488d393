using Volley.Targets;
using Volley.Transports.Processes;

namespace Volley.Transports.Exec;

/// <summary>
/// Runs a local process for each target, from an argument array and without a shell. In each word of the command
/// <c>%h</c> stands for the host, <c>%u</c> for the user, <c>%n</c> for the rank from 0 and <c>%%</c> for a percent sign;
/// any other <c>%x</c> stays as it is.
/// </summary>
/// <param name="user">The user of targets that name none; the one who runs this program if null.</param>
public sealed class ExecTransport(string? user = null) : ITransport
{
    private readonly IReadOnlyList<string> _environment = ChildProcess.InheritedEnvironment();
    private readonly string _user = user ?? Environment.UserName;

    /// <inheritdoc/>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new ValueTask<ISession>(new ExecSession(target, target.User ?? _user, _environment));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
