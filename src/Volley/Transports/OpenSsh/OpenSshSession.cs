using Volley.Ssh;
using Volley.Transports.Sharing;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// A session that starts an ssh for each command, without a control master. ssh connects and starts the command in one step, so
/// nothing happens before the first start.
/// </summary>
/// <param name="target">The target.</param>
/// <param name="route">The configuration of the target.</param>
/// <param name="launcher">Starts the ssh.</param>
/// <param name="limit">The time limit for the start of a command after the login.</param>
/// <param name="spent">How much of the connect timeout has elapsed.</param>
internal sealed class OpenSshSession(Target target, SshRoute route, OpenSshLauncher launcher, ConnectLimit limit, TimeSpan spent) : ISession
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
        var process = await launcher.ConnectAsync(
            target, route, call => launcher.Command.Run(target, call, job), job, spent, cancellationToken).ConfigureAwait(false);
        process.LimitStart(limit);
        if (job is { Terminal: not null, Input: null })
            process.CloseInput();
        return process;
    }

    public async ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken)
    {
        var process = await launcher.OpenSubsystemAsync(target, route, name, spent, cancellationToken).ConfigureAwait(false);
        process.LimitStart(limit);
        return process;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
