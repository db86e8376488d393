using System.Collections.Immutable;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Run;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>What a relay can't be told, because it is about this machine or its connections.</summary>
internal static class RelayLimits
{
    /// <summary>Refuses what can't be sent to relays, and drops such values of files and variables.</summary>
    /// <exception cref="UsageException">An option or the verb can't be sent.</exception>
    public static void Check(RunOptions run)
    {
        var via = run.Relays.Via;
        if (run.Verb is not (RunVerb.Run or RunVerb.Ping or RunVerb.WaitFor or RunVerb.Reboot))
            throw via.Error($"{run.Verb.GetName()} can't go through relays; connect to the hosts directly: leave {via.WrittenName} out, or add --no-via");
        foreach (var (option, instead) in GetUnsendable(run))
        {
            option.DropDefault();
            if (option.IsGiven)
                throw new UsageException($"{option.WrittenName} can't be used with --via: {instead}");
        }

        if (run.Steps.Barrier.IsGiven)
            throw run.Steps.Barrier.Error("--barrier can't be used with --via: relays do not wait for each other; run the steps one after the other with volley");
        if (!run.Job.TransportChoice.UsesSsh() && run.Command.Concat(run.Steps.Then.Values).Any(Placeholders.HasRank))
            throw run.Job.Transport.Error("%n can't be used with --via: a relay counts its own hosts; use $VOLLEY_RANK");
        if (run.Variables.Placeholders.IsGiven && !run.Job.TransportChoice.UsesSsh())
            throw run.Variables.Placeholders.Error("--placeholders can't be used with --via and --transport exec; use variables such as $VOLLEY_HOST");
    }

    /// <summary>Returns how relays connect, for a run whose options were checked.</summary>
    public static RelayConnectionSettings GetConnections(RunOptions run)
    {
        var (program, user) = run.Elevation.Request;
        return new RelayConnectionSettings
        {
            Transport = run.Job.TransportChoice.GetName(),
            User = run.Hosts.User.Value,
            Port = run.Hosts.Port.Value,
            SshOptions = [.. GetDirectives(run)],
            ConnectRetries = run.Connections.Retries.Value ?? 0,
            Elevation = program,
            ElevationUser = user,
            CloseGrace = run.Disconnect.Settings()?.CloseGrace.TotalSeconds,
        };
    }

    /// <summary>Returns targets with the jump host of the options, which relays take with each target.</summary>
    public static ImmutableArray<Target> AddJump(RunOptions run, ImmutableArray<Target> targets) => !run.Relays.Via.IsGiven || run.Hosts.Jump.Value is not { } jump
        ? targets
        : [.. targets.Select(target => target.ProxyJump is null ? target with { ProxyJump = jump } : target)];

    /// <summary>Returns the options of ssh that options of a run stand for.</summary>
    private static IEnumerable<string> GetDirectives(RunOptions run)
    {
        // Relays on this machine have them on their command line, where all are allowed.
        foreach (var directive in run.Relays.Via.Value is Via.Local ? [] : run.Hosts.SshOptions.Values)
            yield return directive.Replace(' ', '=');
        if (run.Connections.ServerAliveInterval.Value is { } interval)
            yield return FormattableString.Invariant($"ServerAliveInterval={Math.Ceiling(interval.TotalSeconds)}");
        if (run.Connections.ServerAliveCountMax.Value is { } count)
            yield return FormattableString.Invariant($"ServerAliveCountMax={count}");
        if (run.Job.ConnectTimeout.Value is { } limit)
            yield return FormattableString.Invariant($"ConnectTimeout={Math.Ceiling(limit.TotalSeconds)}");
    }

    private static IEnumerable<(Option Option, string Instead)> GetUnsendable(RunOptions run)
    {
        const string Login = "each relay logs in with its own keys; set them up there: volley relay -i FILE";
        const string Kept = "each relay keeps connections by its own ssh configuration";
        var (hosts, connections) = (run.Hosts, run.Connections);
        // Relays on this machine have the files of this machine.
        if (run.Relays.Via.Value is not Via.Local)
        {
            yield return (hosts.ConfigFile, "each relay uses its own ssh configuration; set it there: volley relay -F FILE");
            yield return (hosts.Identity, Login);
        }

        yield return (connections.Password, Login);
        yield return (connections.PasswordCommand, Login);
        yield return (connections.PasswordFile, Login);
        yield return (connections.Ask, "a relay has no terminal to ask on");
        yield return (connections.ForwardAgent, "a relay has no access to your ssh-agent");
        yield return (connections.Keep, Kept);
        yield return (connections.KeepMax, Kept);
        yield return (connections.NoReuse, Kept);
        yield return (connections.ConnectRate, "each relay limits its own logins; set it there: volley relay --connect-rate N");
    }
}
