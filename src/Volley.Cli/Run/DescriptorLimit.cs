using Volley.Cli.Terminal;
using Volley.Ssh.Config;
using Volley.Targets;
using Volley.Transports.OpenSsh;

namespace Volley.Cli.Run;

/// <summary>How many files a run may have open, and how many hosts at once that allows.</summary>
internal static class DescriptorLimit
{
    /// <summary>What the program has open without any host.</summary>
    private const int Base = 40;

    /// <summary>Of one process at most: its output, error, input and log, both ends of each while it starts, the connection, a file of held-back output.</summary>
    private const int PerProcess = 10;

    /// <summary>Of one host that we speak SSH with ourselves: the connection, a file of held-back output, and a query of its name.</summary>
    private const int PerNativeHost = 3;

    /// <summary>Of one control master that stays open for hosts that come again.</summary>
    private const int PerIdleMaster = 5;

    /// <summary>What is worth having: connections stay open for hosts that come again.</summary>
    private const ulong Wanted = 16_384;

    /// <summary>Connections that stay open although no host uses them.</summary>
    private enum Idle
    {
        /// <summary>There are no connections: local processes.</summary>
        None,

        /// <summary>Control masters only.</summary>
        Masters,

        /// <summary>Native connections, too.</summary>
        All,
    }

    /// <summary>Raises the limit as far as the run needs; where that can't be, fewer hosts run at once, and a warning says so.</summary>
    public static RunSettings Fit(RunSettings settings, TerminalWriter writer)
    {
        var targets = settings.Plan.Targets.Length;
        var idle = settings.Transport == TransportChoice.Exec ? Idle.None : settings.Ssh.MaxIdleConnections == 0 ? Idle.Masters : Idle.All;
        var soft = Raise(Needed(Math.Min(settings.Plan.Parallel, targets), targets, idle));
        var processes = settings.Transport switch
        {
            TransportChoice.Native => 0,
            // Which hosts need an ssh is asked only where it matters.
            TransportChoice.Auto when settings.Ssh.Keep is null && soft < Needed(Math.Min(settings.Plan.Parallel, targets), targets, idle) =>
                CountSsh(settings.Ssh, settings.Plan.Targets),
            _ => targets,
        };
        return settings with { Plan = Fit(settings.Plan, processes, idle, soft, writer) };
    }

    /// <summary>The same for a run that starts a process for each host.</summary>
    public static RunPlan Fit(RunPlan plan, TerminalWriter writer)
    {
        var targets = plan.Targets.Length;
        return Fit(plan, targets, Idle.All, Raise(Needed(Math.Min(plan.Parallel, targets), targets, Idle.All)), writer);
    }

    private static ulong Raise(ulong needed)
    {
        var (soft, hard) = Posix.DescriptorLimits();
        if (soft >= Math.Max(needed, Wanted) || soft >= hard)
            return soft;
        Posix.SetDescriptorLimit(Math.Min(hard, Math.Max(needed, Wanted)), hard);
        return Posix.DescriptorLimits().Soft;
    }

    private static RunPlan Fit(RunPlan plan, int processes, Idle idle, ulong soft, TerminalWriter writer)
    {
        var atOnce = Math.Min(plan.Parallel, plan.Targets.Length);
        var possible = atOnce;
        while (possible > 1 && Needed(possible, processes, idle) > soft)
            possible--;
        if (possible == atOnce)
            return plan;
        writer.PrintErr($"volley: warning: only {soft} files may be open at once, so {possible} hosts run at once, not {atOnce}; raise the limit with: ulimit -Hn");
        return plan with { Parallel = possible };
    }

    /// <summary>How many files may be open with so many hosts at once, if all that need a process come together.</summary>
    /// <param name="atOnce">The hosts at once.</param>
    /// <param name="processes">How many hosts of the run need a process.</param>
    /// <param name="idle">Which connections stay open for hosts that come again.</param>
    private static ulong Needed(int atOnce, int processes, Idle idle)
    {
        ulong withProcess = (ulong)Math.Min(atOnce, processes), others = (ulong)atOnce - withProcess;
        var inUse = Base + (withProcess * PerProcess) + (others * PerNativeHost);
        // At most half of all is for connections that are idle.
        return inUse + Math.Min(inUse, idle switch
        {
            Idle.None => 0,
            Idle.Masters => (ulong)processes * PerIdleMaster,
            _ => inUse,
        });
    }

    /// <summary>Counts the hosts whose configuration only ssh can serve.</summary>
    private static int CountSsh(OpenSshOptions options, IReadOnlyCollection<Target> targets)
    {
        try
        {
            var config = SshConfig.Load(SshConfigFiles.Default with { OnlyFile = options.ConfigFile });
            return targets.Count(target => NeedsSsh(config, options, target));
        }
        catch (SshConfigException)
        {
            return targets.Count;
        }
    }

    private static bool NeedsSsh(SshConfig config, OpenSshOptions options, Target target)
    {
        try
        {
            var settings = config.Resolve(target.Host, new SshOverrides
            {
                User = target.User ?? options.User,
                Port = target.Port ?? options.Port,
                ProxyJump = options.Jump,
                IdentityFiles = options.IdentityFiles,
                Options = options.Options,
            });
            return !settings.IsPlain || settings.ProxyJump.Any(hop => !config.Resolve(hop.Host, new SshOverrides { User = hop.User, Port = hop.Port }).IsPlain);
        }
        catch (SshConfigException)
        {
            return true;
        }
    }
}
