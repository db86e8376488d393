using Microsoft.Extensions.Logging;

namespace Volley.Cli.Run;

/// <summary>Opens the transport of a run.</summary>
internal static class RunTransport
{
    /// <exception cref="UsageException">The transport is not available for any host.</exception>
    public static async Task<ITransport> OpenAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        var transport = await OpenElevatedAsync(settings, logger, time);
        // The supervisor runs as the user of the command, whose processes it must be able to end.
        return settings.Supervision is { } supervision ? new SupervisingTransport(transport, supervision, logger, time) : transport;
    }

    private static async Task<ITransport> OpenElevatedAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        var transport = await OpenAsUserAsync(settings, logger, time);
        return settings.Elevation is { } elevation
            ? new ElevatingTransport(transport, elevation, settings.Transport.UsesSsh() ? settings.Ssh : null, time)
            : transport;
    }

    /// <summary>Opens a transport whose commands run as the user who logs in.</summary>
    private static async Task<ITransport> OpenAsUserAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        if (!settings.Transport.UsesSsh())
            return OpenLocal(settings);
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
    private static ExecTransport OpenLocal(RunSettings settings)
    {
        var user = settings.Ssh.User ?? Environment.UserName;
        return new((target, command) => [.. command.Arguments.Select(argument => settings.ToLocalArgument(argument, target, target.User ?? user))]);
    }

    private static async Task<ITransport> OverSshAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        switch (settings.Transport)
        {
            case TransportChoice.OpenSsh:
                return new OpenSshTransport(settings.Ssh, logger);
            case TransportChoice.Native:
                var native = new NativeTransport(settings.Ssh, logger, time);
                await native.UnlockKeysAsync(settings.RunningPlan.Targets, settings.AskPassphrase);
                return native;
            default:
                var auto = new AutoTransport(settings.Ssh, logger, time);
                await auto.UnlockKeysAsync(settings.RunningPlan.Targets, settings.AskPassphrase);
                return auto;
        }
    }
}
