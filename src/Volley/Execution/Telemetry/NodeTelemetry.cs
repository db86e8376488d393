using System.Diagnostics;

namespace Volley.Execution.Telemetry;

/// <summary>The activity and the measurements of one target. It is a part of <see cref="Node"/>, because a target must not cost an object for it.</summary>
internal struct NodeTelemetry
{
    private TimeProvider? _time;
    private Activity? _activity;
    private long _began;
    private long _commandBegan;
    private bool _isConnected;
    private bool _hasStarted;

    /// <summary>Records that the target has left the queue. Its activity is the current one in the calling method, and in what that calls.</summary>
    /// <param name="target">The target.</param>
    /// <param name="time">The clock of the run.</param>
    /// <param name="began">The time at which the target left the queue, as a timestamp of the clock.</param>
    public void Start(Target target, TimeProvider time, long began)
    {
        (_time, _began) = (time, began);
        Instruments.Enter();
        if (!Instruments.Activities.HasListeners())
            return;
        List<KeyValuePair<string, object?>> tags = [new(Tags.Host, target.Host), new(Tags.Rank, target.Index)];
        if (target.Port is { } port)
            tags.Add(new(Tags.Port, port));
        _activity = Instruments.Activities.StartActivity("volley.target", ActivityKind.Client, default(ActivityContext), tags);
    }

    /// <summary>Records that the target is connected and authenticated. Only the first call has an effect.</summary>
    public void Connect()
    {
        if (_isConnected)
            return;
        _isConnected = true;
        if (Instruments.ConnectDuration.Enabled)
            Instruments.ConnectDuration.Record(_time!.GetElapsedTime(_began).TotalSeconds);
    }

    /// <summary>Records that the target's command was started.</summary>
    public void StartCommand()
    {
        Connect();
        _hasStarted = true;
        _commandBegan = _time!.GetTimestamp();
    }

    /// <summary>Records the end of the target.</summary>
    /// <param name="result">The complete result.</param>
    public void End(NodeResult result)
    {
        if (_time is null)
        {
            RunTelemetry.AddUnstarted(result);
            return;
        }

        Instruments.Leave();
        // A job without a command has connected if it succeeded.
        if (result.Succeeded)
            Connect();
        else if (!_isConnected && Instruments.ConnectDuration.Enabled)
            Instruments.ConnectDuration.Record(_time.GetElapsedTime(_began).TotalSeconds, new KeyValuePair<string, object?>(Tags.Error, Tags.ErrorOf(result)));
        if (Instruments.Targets.Enabled)
            Instruments.Targets.Add(1, Tags.Of(result));
        if (_hasStarted && Instruments.CommandDuration.Enabled)
            Instruments.CommandDuration.Record(_time.GetElapsedTime(_commandBegan).TotalSeconds, Tags.Of(result));
        if (_activity is { } activity)
            End(activity, result);
    }

    private static void End(Activity activity, NodeResult result)
    {
        activity.SetTag(Tags.Outcome, Tags.NameOf(result.Outcome));
        if (result.ExitCode is { } code)
            activity.SetTag(Tags.ExitCode, code);
        if (result.Stop != StopReason.None)
            activity.SetTag(Tags.Stop, Tags.NameOf(result.Stop));
        if (result.Retries > 0)
            activity.SetTag(Tags.Retries, result.Retries);
        if (result.MayStillRun)
            activity.SetTag(Tags.MayStillRun, true);
        if (Tags.ErrorOf(result) is { } error)
        {
            activity.SetTag(Tags.Error, error);
            activity.SetStatus(ActivityStatusCode.Error);
        }

        activity.Dispose();
    }
}
