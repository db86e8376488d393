using System.Diagnostics;

namespace Volley.Execution.Telemetry;

/// <summary>The activity and the measurements of one run.</summary>
internal sealed class RunTelemetry
{
    private Activity? _activity;

    /// <summary>Starts the run's activity as a child of the caller's. Activities of the work that <paramref name="work"/> starts are its children.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="work">Starts the workers of the run, and returns when they are started.</param>
    public void Start(RunPlan plan, Action work)
    {
        if (!Instruments.Activities.HasListeners())
        {
            work();
            return;
        }

        var caller = Activity.Current;
        _activity = Instruments.Activities.StartActivity("volley.run", ActivityKind.Internal, default(ActivityContext), [
            new(Tags.Job, Tags.NameOf(plan.Job)),
            new(Tags.TargetCount, plan.Targets.Length),
        ]);
        try
        {
            work();
        }
        finally
        {
            // The code that reads the events is not a part of the run.
            Activity.Current = caller;
        }
    }

    /// <summary>Records the end of a target that was never started.</summary>
    /// <param name="result">The result of the target.</param>
    /// <param name="count">The number of such targets.</param>
    public static void AddUnstarted(NodeResult result, int count = 1)
    {
        if (count > 0 && Instruments.Targets.Enabled)
            Instruments.Targets.Add(count, Tags.Of(result));
    }

    /// <summary>Records the end of the run.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="control">The handle of the run.</param>
    public void End(RunPlan plan, RunControl control)
    {
        var counts = control.Counts;
        var stop = control.Reason;
        AddUnstarted(new NodeResult(NodeOutcome.NotStarted) { Stop = stop }, counts.Queued);
        if (Instruments.Runs.Enabled)
        {
            var tags = new TagList { { Tags.Job, Tags.NameOf(plan.Job) } };
            if (stop != StopReason.None)
                tags.Add(Tags.Stop, Tags.NameOf(stop));
            Instruments.Runs.Add(1, tags);
        }

        if (_activity is not { } activity)
            return;
        var failed = plan.Targets.Length - counts.Completed;
        activity.SetTag(Tags.FailedCount, failed);
        if (stop != StopReason.None)
            activity.SetTag(Tags.Stop, Tags.NameOf(stop));
        if (failed > 0)
        {
            activity.SetTag(Tags.Error, "failed_targets");
            activity.SetStatus(ActivityStatusCode.Error);
        }

        activity.Dispose();
    }
}
