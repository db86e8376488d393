using Volley.Cli.Pdsh.Copying;
using Volley.Cli.Run;
using Volley.Cli.Terminal;

namespace Volley.Cli.Pdsh;

/// <summary>Runs one command on the targets with the executor that all front ends share, and returns pdsh's exit code.</summary>
internal sealed class PdshRun(PdshArguments arguments, PdshTargets targets, PdshContext context, TerminalWriter writer, TimeProvider time)
{
    private const int FailedCode = 254;

    // In seconds: a timer's limit is 49 days.
    private const int MaxTimeout = 4_200_000;

    /// <summary>
    /// Whether the last run ended in a way after which the prompt must end, too: a signal other than ^C, or an output that can't be written.
    /// </summary>
    public bool WasEnded { get; private set; }

    /// <summary>Runs a command.</summary>
    /// <param name="command">The arguments of the command.</param>
    /// <param name="isLine">Whether the command is a line typed at the prompt, for a shell to parse.</param>
    public Task<int> RunAsync(IReadOnlyList<string> command, bool isLine = false)
    {
        // A NUL ends an argument in pdsh, too. The transport uses the arguments, which may be empty, and not the line of the job.
        string[] words = [.. command.Select(word => word.Split('\0')[0])];
        var line = string.Join(' ', words);
        return RunAsync(
            new RunPlan(targets.All, CommandJob.Shell(line.Length > 0 ? line : ":"))
            {
                // Like pdsh, which reads both streams to their ends.
                Drain = Timeout.InfiniteTimeSpan,
                ReusesOutputBuffers = true,
                FailFast = arguments.FailsFast,
            },
            children => new PdshTransport(arguments, targets, context, children, words) { RunsLines = isLine });
    }

    /// <summary>Copies files.</summary>
    /// <param name="job">The copy.</param>
    public Task<int> CopyAsync(Job job) => RunAsync(new RunPlan(targets.All, job), children => new CopyTransport(arguments, targets, context, children));

    private async Task<int> RunAsync(RunPlan basic, Func<PdshChildren, ITransport> open)
    {
        var plan = DescriptorLimit.Fit(
            basic with
            {
                MaxConcurrency = arguments.FanOut,
                // ssh enforces the timeout, which is one of its arguments.
                ConnectTimeout = Timeout.InfiniteTimeSpan,
                CommandTimeout = arguments.CommandTimeout > 0 ? TimeSpan.FromSeconds(Math.Min(arguments.CommandTimeout, MaxTimeout)) : Timeout.InfiniteTimeSpan,
            },
            writer);
        var children = new PdshChildren(plan.Targets.Length);
        using var control = new RunControl();
        var summary = new RunSummary(plan, control);
        var renderer = new PdshRenderer(arguments, targets, context, writer, children, control);
        children.Signalling = (child, signal) => renderer.ShowSignal(child, signal);
        using var signals = new PdshSignals(arguments, targets, context, writer, plan, children, summary, control, time);
        await using var watch = new ReaderWatch(writer, control, plan.StopGrace);
        await using var transport = open(children);
        await OwnThread.ForEachAsync(new ParallelExecutor(transport, time).RunAsync(plan, control), nodeEvent =>
        {
            // pdcp has no option for it.
            var complete = nodeEvent is NodeFinished { Result.Remedy: Remedy.MakeDirectories } ? nodeEvent : Remedies.Complete(nodeEvent);
            summary.Add(complete);
            renderer.Render(complete);
        });

        renderer.Complete(summary);
        writer.Flush();
        if (await watch.CompleteAsync() is { } fault)
        {
            writer.PrintErr(context.Prefix($"standard output: {fault.Message}"));
            WasEnded = true;
            return ExitCodes.Failure;
        }

        WasEnded = control.Reason is not (StopReason.None or StopReason.FailFast or StopReason.Interrupt);
        return ExitCode(control.Reason, plan, summary, children);
    }

    private int ExitCode(StopReason reason, RunPlan plan, RunSummary summary, PdshChildren children) => reason switch
    {
        StopReason.None => arguments.ReturnsLargestCode ? plan.Targets.Max(target => GetExitCode(summary.Results[target.Index], children.Find(target))) : 0,
        StopReason.Interrupt or StopReason.FailFast => ExitCodes.Failure,
        _ => ExitCodes.ForStop(reason) ?? ExitCodes.Failure,
    };

    /// <summary>Returns the exit code of one host for <c>-S</c>.</summary>
    private static int GetExitCode(NodeResult? result, PdshChild? child) => result switch
    {
        { Outcome: NodeOutcome.Exited } => result.Code,
        { Outcome: NodeOutcome.Canceled or NodeOutcome.NotStarted } => 0,
        _ => Math.Max(FailedCode, child?.Status?.ExitCode ?? 0),
    };
}
