using Volley.Execution.Telemetry;
using Volley.Transfers;

namespace Volley.Execution;

/// <summary>One target during a run: what the runner of its job works with, and what it records besides the result.</summary>
/// <param name="run">What all nodes of the run share.</param>
/// <param name="target">The target.</param>
/// <param name="deadline">The limits of this node.</param>
internal sealed class Node(RunContext run, Target target, Deadline deadline) : IDisposable
{
    private long _earlierBytes;

    /// <summary>The measurements of this target. A field, because its methods change it.</summary>
    public NodeTelemetry Telemetry;

    public RunContext Run => run;

    public RunPlan Plan => run.Plan;

    public Target Target => target;

    /// <summary>The limits of the current attempt.</summary>
    public Deadline Deadline { get; private set; } = deadline;

    /// <summary>The number of earlier attempts.</summary>
    public int Retries { get; private set; }

    /// <summary>The step that runs, runs next or ran last, from 1; null before the first one, and for jobs without steps.</summary>
    public int? Step { get; set; }

    /// <summary>Whether the node has begun to read the standard input of its job, or of the current step.</summary>
    public bool HasTakenInput { get; set; }

    /// <summary>Whether a process of the job may still be running at the target.</summary>
    public bool MayStillRun { get; set; }

    /// <summary>The progress of a job that transfers files; null for any other.</summary>
    public TransferProgress? Transfer { get; set; }

    public long StdoutBytes { get; private set; }

    public long StderrBytes { get; private set; }

    /// <summary>The number of bytes that all attempts have sent.</summary>
    public long AllBytes => _earlierBytes + StdoutBytes + StderrBytes;

    /// <summary>Begins another attempt.</summary>
    public void BeginRetry(Deadline deadline)
    {
        Deadline.Dispose();
        Deadline = deadline;
        Retries++;
        _earlierBytes = AllBytes;
        (StdoutBytes, StderrBytes) = (0, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => Deadline.Dispose();

    /// <summary>Counts bytes that the target has sent.</summary>
    public void Count(StreamKind stream, int bytes)
    {
        if (stream == StreamKind.Stdout)
            StdoutBytes += bytes;
        else
            StderrBytes += bytes;
        if (Instruments.Output.Enabled)
            Instruments.Output.Add(bytes, Tags.Of(stream));
    }
}
