using Microsoft.Extensions.Logging;

namespace Volley.Cli.Run;

/// <summary>Opens the transport of a run.</summary>
internal static class RunTransport
{
    /// <exception cref="UsageException">The transport is not available for any host.</exception>
    public static async Task<ITransport> OpenAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        var transport = await OpenAsUserAsync(settings, logger, time);
        return Complete(transport, settings.Elevation, settings.Supervision, settings.Transport.UsesSsh() ? settings.Ssh : null, logger, time);
    }

    /// <summary>Adds what runs commands as another user, and what ends commands that are lost.</summary>
    /// <param name="transport">A transport whose commands run as the user who logs in.</param>
    /// <param name="elevation">The other user; null for none.</param>
    /// <param name="supervision">When lost commands are ended; null if they are kept.</param>
    /// <param name="ssh">The options of ssh; null if it is not used.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public static ITransport Complete(
        ITransport transport, ElevationSettings? elevation, SupervisionSettings? supervision, SshOptions? ssh, ILogger logger, TimeProvider time)
    {
        if (elevation is not null)
            transport = new ElevatingTransport(transport, elevation, ssh, time);
        // The supervisor runs as the user of the command, whose processes it must be able to end.
        return supervision is not null ? new SupervisingTransport(transport, supervision, logger, time) : transport;
    }

    /// <summary>Opens a transport whose commands run as the user who logs in.</summary>
    private static async Task<ITransport> OpenAsUserAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        if (!settings.Transport.UsesSsh())
            return CreateLocal(settings.Ssh.User, settings.ToLocalArgument);
        try
        {
            await AskAsync(settings);
            return new PacedTransport(await OverSshAsync(settings, logger, time), settings.Pacing.Retries, settings.Pacing.BusyLimit, logger, time);
        }
        catch (TransportException missing)
        {
            throw new UsageException(Remedies.GetMessage(missing));
        }
    }

    /// <summary>Checks the options and the configuration of ssh, as far as that is possible without a connection.</summary>
    /// <exception cref="UsageException">ssh would refuse them.</exception>
    public static async Task CheckAsync(RunSettings settings)
    {
        try
        {
            await AskAsync(settings);
        }
        catch (TransportException refused)
        {
            throw new UsageException(Remedies.GetMessage(refused));
        }
    }

    private static async Task AskAsync(RunSettings settings)
    {
        await OpenSsh.CheckOptionsAsync(
            settings.Ssh, settings.RunningPlan.Targets[0], usesSsh: settings.Transport == TransportChoice.OpenSsh || settings.Ssh.Keep is not null);
        if (settings.Ssh.ForwardAgent)
            await OpenSsh.CheckAgentAsync(settings.Ssh, settings.RunningPlan.Targets);
    }

    /// <summary>Opens a transport that starts a local process for each target.</summary>
    /// <param name="user">The login name for targets without one; null for that of this user.</param>
    /// <param name="toArgument">Returns an argument of the process, given that of the command, the target and the login name.</param>
    public static ExecTransport CreateLocal(string? user, Func<string, Target, string, string> toArgument)
    {
        user ??= Environment.UserName;
        return new((target, command) => [.. command.Arguments.Select(argument => toArgument(argument, target, target.User ?? user))]);
    }

    /// <summary>Creates a transport over SSH, whose keys are not unlocked.</summary>
    public static ITransport CreateOverSsh(TransportChoice choice, SshOptions ssh, ILogger logger, TimeProvider time) => choice switch
    {
        TransportChoice.OpenSsh => new OpenSshTransport(ssh, logger),
        TransportChoice.Native => new NativeTransport(ssh, logger, time),
        _ => new AutoTransport(ssh, logger, time),
    };

    private static async Task<ITransport> OverSshAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        var transport = CreateOverSsh(settings.Transport, settings.Ssh, logger, time);
        var unlocking = transport switch
        {
            NativeTransport native => native.UnlockKeysAsync(settings.RunningPlan.Targets, settings.AskPassphrase),
            AutoTransport auto => auto.UnlockKeysAsync(settings.RunningPlan.Targets, settings.AskPassphrase),
            _ => Task.CompletedTask,
        };
        await unlocking;
        return transport;
    }
}
