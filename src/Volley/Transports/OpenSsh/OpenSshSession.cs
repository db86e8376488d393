using Volley.Targets;
using Volley.Transports.Channels;
using Volley.Transports.OpenSsh.Masters;

namespace Volley.Transports.OpenSsh;

/// <summary>A target that is reached by a plain ssh child. It connects and starts the command in one, so nothing happens before that.</summary>
/// <param name="target">The target.</param>
/// <param name="route">What is configured for it.</param>
/// <param name="launcher">Starts the ssh.</param>
/// <param name="limit">The time limit for the start of a command, once the server has accepted us.</param>
/// <param name="spent">How much of the time for connecting is used up already.</param>
internal sealed class OpenSshSession(Target target, HostRoute route, OpenSshLauncher launcher, ConnectLimit limit, TimeSpan spent) : ISession
{
    public bool ConnectsAtStart => true;

    public async ValueTask PingAsync(CancellationToken cancellationToken)
    {
        var process = await launcher.ConnectAsync(
            target, route, call => launcher.Command.Ping(target, call), job: null, spent, cancellationToken).ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask<IRemoteProcess> StartAsync(CommandJob job, CancellationToken cancellationToken)
    {
        if (!job.Environment.IsEmpty && !(await launcher.Program.VersionAsync(cancellationToken).ConfigureAwait(false)).IsAtLeast(7, 8))
            throw new TransportException(NodeOutcome.ConnectFailed, "this ssh can't set a command's environment; OpenSSH 7.8 and newer can (SetEnv)");
        var process = await launcher.ConnectAsync(
            target, route, call => launcher.Command.Run(target, call, job), job, spent, cancellationToken).ConfigureAwait(false);
        process.LimitStart(limit);
        if (job is { Terminal: not null, Input: null })
            process.CloseInput();
        return process;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
