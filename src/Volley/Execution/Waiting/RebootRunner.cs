using System.Globalization;
using System.Text;
using Volley.Transfers;

namespace Volley.Execution.Waiting;

/// <summary>The runner of <see cref="RebootJob"/>.</summary>
internal sealed class RebootRunner : IJobRunner
{
    private const int MaxBootIdLength = 256;

    /// <summary>The time in which the boot id must be read. A connection to a machine that is going down may never end.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(10);

    /// <summary>The time after which the end of the command is no longer awaited.</summary>
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(30);

    private readonly RebootJob _job;
    private readonly RunContext _run;
    private readonly Attempt _attempt;
    private readonly CommandJob _readBootId;
    private readonly Phase _phase;

    public RebootRunner(RebootJob job, RunContext run)
    {
        (_job, _run) = (job, run);
        _attempt = new Attempt(run, ReadLimit);
        _readBootId = CommandJob.Program("cat", job.BootIdFile) with { IsUnelevated = true };
        var limit = run.Plan.CommandTimeout;
        _phase = new Phase(limit, new NodeResult(NodeOutcome.CommandTimedOut)
        {
            Message = string.Create(CultureInfo.InvariantCulture, $"no new boot id after {limit.TotalSeconds:0.###} s"),
        });
    }

    public async Task<NodeResult> RunAsync(Node node, ISession session)
    {
        node.Deadline.StartPhase(_phase);
        node.Deadline.Arm();
        var token = node.Deadline.Token;
        var (before, fault) = await ReadBootIdAsync(session, token).WaitAsync(token).ConfigureAwait(false);
        if (before is null)
            return new NodeResult(NodeOutcome.Refused) { Reason = "no boot id", Message = fault };
        if (before == _job.OwnBootId)
            return new NodeResult(NodeOutcome.Refused) { Reason = "this machine", Message = "it has the boot id of this machine, and was not rebooted" };
        await _run.Events.AddAsync(new NodeStarted(node.Target)).ConfigureAwait(false);
        var began = _run.Time.GetTimestamp();
        var running = RemoteCommand.ReadAsync(session, _job.Command, input: null, token);
        try
        {
            if (await WaitForCommandAsync(running, token).ConfigureAwait(false) is { } failure)
                return failure;
        }
        catch (Exception) when (node.Deadline.HasFired)
        {
            return End(node, "the command has not ended");
        }

        return await WaitForNewIdAsync(node, running, before, began).ConfigureAwait(false);
    }

    /// <summary>Waits for the command. Returns its failure; null if the machine goes down, as far as is known.</summary>
    private async Task<NodeResult?> WaitForCommandAsync(Task<(ExitStatus Status, byte[] Output, string Error)> running, CancellationToken cancellationToken)
    {
        try
        {
            var (status, _, error) = await running.WaitAsync(CommandLimit, _run.Time, cancellationToken).ConfigureAwait(false);
            // A command that a signal ended may have been among the first processes to go.
            return status.ExitCode is null or 0 ? null
                : new NodeResult(NodeOutcome.Exited) { ExitCode = status.ExitCode, Message = error.Length == 0 ? null : WaitRunner.Describe(status, error) };
        }
        catch (TransportException lost) when (lost.Outcome == NodeOutcome.ConnectionLost && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (TimeoutException)
        {
            _ = running.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return null;
        }
    }

    private async Task<NodeResult> WaitForNewIdAsync(Node node, Task running, string before, long began)
    {
        var last = "it still has the old boot id";
        try
        {
            while (await _attempt.TryAsync(node, (session, token) => CompareAsync(session, before, token)).ConfigureAwait(false) is { } failure)
            {
                last = failure;
                // The command of this target may have waited for the trial of a password elsewhere.
                if (running.Exception?.InnerException is TransportException { Outcome: NodeOutcome.ElevationFailed })
                    await running.ConfigureAwait(false);
                await _attempt.PauseAsync(node, _job.Interval).ConfigureAwait(false);
            }
        }
        catch (Exception) when (node.Deadline.HasFired)
        {
            return End(node, $"the last attempt: {last}");
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"up again after {_run.Time.GetElapsedTime(began).TotalSeconds:0.0} s\n");
        var line = Encoding.UTF8.GetBytes(text);
        node.Count(StreamKind.Stdout, line.Length);
        await _run.Events.AddAsync(new NodeOutput(node.Target, StreamKind.Stdout, line)).ConfigureAwait(false);
        return new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };
    }

    /// <summary>Returns the result of a target whose command was sent, and whose new boot id was not seen.</summary>
    private static NodeResult End(Node node, string last)
    {
        var ending = node.Deadline.Ending!;
        if (ending.Outcome is NodeOutcome.Canceled or NodeOutcome.DeadlineExceeded)
        {
            // The machine may go down at any time, so that another attempt could reboot it twice.
            node.MayStillRun = true;
            last = $"the reboot was sent, and its end was not seen; {last}";
        }

        return ending with { Message = ending.Message is null ? last : $"{ending.Message}; {last}" };
    }

    private async Task<string?> CompareAsync(ISession session, string before, CancellationToken cancellationToken)
    {
        var (now, fault) = await ReadBootIdAsync(session, cancellationToken).ConfigureAwait(false);
        return now is null ? fault : now == before ? "it still has the old boot id" : null;
    }

    private async Task<(string? Id, string? Fault)> ReadBootIdAsync(ISession session, CancellationToken cancellationToken)
    {
        var (status, output, error) = await RemoteCommand.ReadAsync(session, _readBootId, input: null, cancellationToken).ConfigureAwait(false);
        if (status.ExitCode != 0)
            return (null, $"{_job.BootIdFile} can't be read: {WaitRunner.Describe(status, error)}");
        var id = Encoding.UTF8.GetString(output).Trim();
        return id.Length is > 0 and <= MaxBootIdLength ? (id, null) : (null, $"{_job.BootIdFile} holds no boot id");
    }
}
