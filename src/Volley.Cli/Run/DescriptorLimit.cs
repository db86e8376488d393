using Volley.Cli.Terminal;
using Volley.Interop;

namespace Volley.Cli.Run;

/// <summary>The limit on open files, and the number of hosts that can run at once within it.</summary>
internal static class DescriptorLimit
{
    /// <summary>The number of descriptors that the program uses without any host.</summary>
    private const int Base = 40;

    /// <summary>
    /// The largest number of descriptors for a process: its output, error, input and log, both ends of each pipe while it starts, the
    /// connection, and a file of buffered output.
    /// </summary>
    private const int PerProcess = 10;

    /// <summary>The number of descriptors for a host served natively: the connection, a file of buffered output, and a query of its name.</summary>
    private const int PerNativeHost = 3;

    /// <summary>The number of descriptors for a control master that stays open for later visits to its host.</summary>
    private const int PerIdleMaster = 5;

    /// <summary>
    /// The number of further descriptors for a host from which files are copied: the directories that are open, of which some are copied beside each other,
    /// and the files that are written at the same time.
    /// </summary>
    private const int PerPull = 40;

    /// <summary>The limit to aim for even if a run needs less: it leaves room for idle connections.</summary>
    private const ulong Wanted = 16_384;

    /// <summary>The kinds of connections that stay open while no host uses them.</summary>
    private enum Idle
    {
        /// <summary>None: the transport starts local processes.</summary>
        None,

        /// <summary>Control masters only.</summary>
        Masters,

        /// <summary>Control masters and native connections.</summary>
        All,
    }

    /// <summary>
    /// Raises the limit as far as the run needs. If the hard limit is too low, reduces the number of hosts at once and prints a warning.
    /// </summary>
    public static async Task<RunSettings> FitAsync(RunSettings settings, TerminalWriter writer)
    {
        // The connections are those of relays.
        if (settings.Relays is not null)
            return settings;
        var targets = settings.Plan.Targets.Length;
        var idle = !settings.Transport.UsesSsh() ? Idle.None : settings.Ssh.MaxIdleConnections == 0 ? Idle.Masters : Idle.All;
        var perHost = settings.Plan.Job is PullJob { Destination: not null } ? PerPull : 0;
        var needed = Needed(CountAtOnce(settings.Plan), targets, perHost, idle);
        var soft = Raise(needed);
        var processes = settings.Transport switch
        {
            TransportChoice.Native => 0,
            // Counting the hosts that need ssh is expensive: do it only if the limit may be too low.
            TransportChoice.Auto when settings.Ssh.Keep is null && soft < needed =>
                await AutoTransport.CountSshTargetsAsync(settings.Ssh, settings.Plan.Targets),
            _ => targets,
        };
        return settings with { Plan = Fit(settings.Plan, processes, perHost, idle, soft, writer) };
    }

    /// <summary>Does the same for a run that starts a process for each host.</summary>
    public static RunPlan Fit(RunPlan plan, TerminalWriter writer)
    {
        var targets = plan.Targets.Length;
        return Fit(plan, targets, perHost: 0, Idle.All, Raise(Needed(Math.Min(plan.MaxConcurrency, targets), targets, perHost: 0, Idle.All)), writer);
    }

    /// <summary>Returns the number of hosts that are connected at once: with a barrier between steps, all of them.</summary>
    private static int CountAtOnce(RunPlan plan) =>
        plan.Job is StepsJob { HasBarrier: true } ? plan.Targets.Length : Math.Min(plan.MaxConcurrency, plan.Targets.Length);

    private static ulong Raise(ulong needed)
    {
        var (soft, hard) = Limits.OpenFiles();
        if (soft >= Math.Max(needed, Wanted) || soft >= hard)
            return soft;
        Limits.SetOpenFiles(Math.Min(hard, Math.Max(needed, Wanted)), hard);
        return Limits.OpenFiles().Soft;
    }

    private static RunPlan Fit(RunPlan plan, int processes, int perHost, Idle idle, ulong soft, TerminalWriter writer)
    {
        var atOnce = CountAtOnce(plan);
        var possible = atOnce;
        while (possible > 1 && Needed(possible, processes, perHost, idle) > soft)
            possible--;
        if (possible == atOnce)
            return plan;
        if (plan.Job is StepsJob { HasBarrier: true })
        {
            throw new UsageException(
                $"--barrier keeps all {atOnce} hosts connected, but only {soft} files may be open at once, which is enough for {possible} hosts; "
                    + "raise the limit with: ulimit -Hn");
        }

        writer.PrintErr(
            $"volley: warning: only {soft} files may be open at once, so {possible} hosts run at once, not {atOnce}; raise the limit with: ulimit -Hn");
        return plan with { MaxConcurrency = possible };
    }

    /// <summary>Returns the number of descriptors that a run needs, in the worst case that all hosts with a process run together.</summary>
    /// <param name="atOnce">The number of hosts at once.</param>
    /// <param name="processes">The number of hosts that need a process.</param>
    /// <param name="perHost">The number of further descriptors for each host.</param>
    /// <param name="idle">The kinds of idle connections.</param>
    private static ulong Needed(int atOnce, int processes, int perHost, Idle idle)
    {
        ulong withProcess = (ulong)Math.Min(atOnce, processes), others = (ulong)atOnce - withProcess;
        var inUse = Base + (withProcess * PerProcess) + (others * PerNativeHost);
        // Idle connections get at most half of the descriptors.
        return inUse + ((ulong)atOnce * (ulong)perHost) + Math.Min(inUse, idle switch
        {
            Idle.None => 0,
            Idle.Masters => (ulong)processes * PerIdleMaster,
            _ => inUse,
        });
    }
}
