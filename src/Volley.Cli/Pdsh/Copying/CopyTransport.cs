
namespace Volley.Cli.Pdsh.Copying;

/// <summary>A transport with an ssh for each target that carries SFTP, with the same arguments as the ssh of <c>pdsh</c>.</summary>
internal sealed class CopyTransport : ITransport
{
    private readonly PdshChildren _children;
    private readonly ExecTransport _subsystems;
    private readonly ExecTransport _commands;

    /// <param name="arguments">The user and the connect timeout.</param>
    /// <param name="targets">The targets, whose entries can override the user.</param>
    /// <param name="context">The environment.</param>
    /// <param name="children">Records each process.</param>
    public CopyTransport(PdshArguments arguments, PdshTargets targets, PdshContext context, PdshChildren children)
    {
        _children = children;
        var ssh = new SshArguments(context, arguments.ConnectTimeout);
        _subsystems = new((target, command) => ssh.ForSubsystem(target, GetUser(target), command.Arguments[0]));
        // A percent sign in the line is not a placeholder.
        _commands = new((target, command) => ssh.For(target, GetUser(target), [command.CommandLine.Replace("%", "%%", StringComparison.Ordinal)]));

        string GetUser(Target target) => targets.GetUser(target) ?? arguments.User ?? context.UserName;
    }

    public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new Session(
        this,
        target,
        await _subsystems.ConnectAsync(target, cancellationToken).ConfigureAwait(false),
        await _commands.ConnectAsync(target, cancellationToken).ConfigureAwait(false));

    public async ValueTask DisposeAsync()
    {
        await _subsystems.DisposeAsync().ConfigureAwait(false);
        await _commands.DisposeAsync().ConfigureAwait(false);
    }

    private IRemoteProcess Add(Target target, IRemoteProcess process)
    {
        if (process is LocalProcess local)
            return _children.Add(target, Rcmd.Ssh, Rcmd.Ssh, local, isChannel: true);
        _children.AddUnstarted(target, Rcmd.Ssh);
        return process;
    }

    private sealed class Session(CopyTransport transport, Target target, ISession subsystems, ISession commands) : ISession
    {
        public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken) =>
            transport.Add(target, await commands.StartAsync(command, cancellationToken).ConfigureAwait(false));

        public async ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken)
        {
            var command = CommandJob.Program(name) with { Input = StandardInput.FromStream(Stream.Null) };
            var process = await subsystems.StartAsync(command, cancellationToken).ConfigureAwait(false);
            return new SubsystemProcess(transport._children, target, transport.Add(target, process));
        }

        public async ValueTask DisposeAsync()
        {
            await subsystems.DisposeAsync().ConfigureAwait(false);
            await commands.DisposeAsync().ConfigureAwait(false);
        }
    }
}
