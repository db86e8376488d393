using Volley.Cli.Terminal;

namespace Volley.Cli;

/// <summary>How many files a run may have open, and how many hosts at once that allows.</summary>
internal static class DescriptorLimit
{
    /// <summary>What the program has open without any host.</summary>
    private const int Base = 40;

    /// <summary>Of one host at most: its ssh's output, error, input and log, both ends of each while it starts, the connection, a file of held-back output.</summary>
    private const int PerHost = 10;

    /// <summary>Of one host that we speak SSH with ourselves: the connection, a file of held-back output, and a query of its name.</summary>
    private const int PerNativeHost = 3;

    /// <summary>What is worth having: connections stay open for hosts that come again.</summary>
    private const ulong Wanted = 16_384;

    /// <summary>Raises the limit as far as the run needs; where that can't be, fewer hosts run at once, and a warning says so.</summary>
    public static RunSettings Fit(RunSettings settings, TerminalWriter writer) => settings with
    {
        Plan = Fit(settings.Plan, settings.Transport == TransportChoice.Native ? PerNativeHost : PerHost, writer),
    };

    /// <inheritdoc cref="Fit(RunSettings, TerminalWriter)"/>
    public static RunPlan Fit(RunPlan plan, TerminalWriter writer) => Fit(plan, PerHost, writer);

    private static RunPlan Fit(RunPlan plan, int perHost, TerminalWriter writer)
    {
        var atOnce = Math.Min(plan.Parallel, plan.Targets.Length);
        // Half of it is for connections that nobody uses at the moment.
        var needed = 2 * (Base + ((ulong)atOnce * (ulong)perHost));
        var (soft, hard) = Posix.DescriptorLimits();
        if (soft < Math.Max(needed, Wanted) && soft < hard)
        {
            Posix.SetDescriptorLimit(Math.Min(hard, Math.Max(needed, Wanted)), hard);
            (soft, _) = Posix.DescriptorLimits();
        }

        if (soft >= needed)
            return plan;
        var possible = (int)Math.Max(1, ((long)(soft / 2) - Base) / perHost);
        writer.PrintErr($"volley: warning: only {soft} files may be open at once, so {possible} hosts run at once, not {atOnce}; raise the limit with: ulimit -Hn");
        return plan with { Parallel = possible };
    }
}
