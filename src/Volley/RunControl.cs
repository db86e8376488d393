using Volley.Execution;

namespace Volley;

/// <summary>
/// The handle of one run: stops it, cancels single targets, and counts. Every member may be called from any thread at any time. After it was
/// disposed, only its properties can be used.
/// </summary>
public sealed class RunControl : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<int, Deadline> _running = [];
    private readonly HashSet<int> _canceled = [];
    private readonly List<Target> _canceledBefore = [];
    private RunPlan? _plan;
    private volatile bool _isDisposed;
    private int _total;
    private int _taken;
    private int _succeeded;
    private int _failed;

    /// <summary>The reason of the stop; <see cref="StopReason.None"/> if the run was not stopped.</summary>
    public StopReason Reason { get; private set; }

    /// <summary>Completes when the run is stopped.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>The target whose failure stopped the run under <see cref="RunPlan.FailFast"/>.</summary>
    public Target? FirstFailure { get; private set; }

    /// <summary>The counts when the run was stopped. They include the failure that stopped it.</summary>
    public RunCounts CountsAtStop { get; private set; }

    /// <summary>The current counts.</summary>
    public RunCounts Counts
    {
        get
        {
            lock (_lock)
                return CountsNow();
        }
    }

    /// <summary>Fires when the graceful ends of a stop are to be cut short: <see cref="StopNow"/>.</summary>
    internal CancellationToken Hurry => _hurry.Token;

    /// <summary>
    /// Stops the run: queued targets never start, connection attempts are abandoned, running commands get TERM and, after
    /// <see cref="RunPlan.StopGrace"/>, KILL. Only the first call has an effect, except that a stop by
    /// the user replaces <see cref="StopReason.Threshold"/> as the reason.
    /// </summary>
    /// <param name="reason">The reason, which every result of a target that the stop ends has.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reason is <see cref="StopReason.None"/>, or not one of the enumeration.</exception>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    public void Stop(StopReason reason)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)Argument.Defined(reason, nameof(reason)), (int)StopReason.None, nameof(reason));
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Stop(reason, null);
    }

    /// <summary>Cuts the grace of a stop short: commands that still run get KILL at once.</summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    public void StopNow()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _ = _hurry.CancelAsync();
    }

    /// <summary>
    /// Cancels one target: it never starts, or is ended in the way of a stop. The other targets continue. Before the run has begun, the
    /// target is remembered; the run then throws if the target is not one of its own.
    /// </summary>
    /// <param name="target">A target of the run, from <see cref="RunPlan.Targets"/> or an event. One that has finished is not affected.</param>
    /// <exception cref="ArgumentException">The target is not one of the run.</exception>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    public void Cancel(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Deadline? deadline;
        lock (_lock)
        {
            if (_plan is null)
            {
                _canceledBefore.Add(target);
                return;
            }

            CheckIsOfRun(target);
            _canceled.Add(target.Index);
            _running.TryGetValue(target.Index, out deadline);
        }

        deadline?.Fire(Canceled(StopReason.Requested));
    }

    /// <summary>
    /// Ends one running target with <see cref="NodeOutcome.OutputLimitReached"/> and drops its further output. The other targets
    /// continue.
    /// </summary>
    /// <param name="target">A target of the run. The call has no effect if it is not running, or the run has not begun.</param>
    /// <param name="message">The reason for the user, such as a full disk.</param>
    /// <exception cref="ArgumentException">The target is not one of the run.</exception>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    public void LimitOutput(Target target, string message)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(message);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Deadline? deadline;
        lock (_lock)
        {
            CheckIsOfRun(target);
            _running.TryGetValue(target.Index, out deadline);
        }

        deadline?.LimitOutput(message);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _hurry.Dispose();
    }

    /// <summary>Connects this handle to its run.</summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    /// <exception cref="InvalidOperationException">The handle has already served a run.</exception>
    /// <exception cref="ArgumentException">A target that was canceled before is not one of the run.</exception>
    internal void Attach(RunPlan plan)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        lock (_lock)
        {
            if (_plan is not null)
                throw new InvalidOperationException("a RunControl serves one run; make a new one for each");
            _plan = plan;
            foreach (var target in _canceledBefore)
            {
                CheckIsOfRun(target);
                _canceled.Add(target.Index);
            }

            _total = plan.Targets.Length;
            // The run may be stopped before it begins.
            if (Reason != StopReason.None)
                CountsAtStop = CountsNow();
        }
    }

    /// <summary>Stops the run because a token of the caller fired, which may also happen after this handle was disposed.</summary>
    internal void StopByToken() => Stop(StopReason.Requested, null);

    /// <summary>Stops the run because its time has elapsed, which may also happen after this handle was disposed.</summary>
    internal void ReachDeadline() => Stop(StopReason.Deadline, null);

    internal void FailFast(Target target) => Stop(StopReason.FailFast, target);

    /// <summary>Stops the run because the reader left its loop. A run that was already stopped keeps its reason.</summary>
    internal void ReaderLeft() => Stop(StopReason.ReaderLeft, null);

    /// <summary>Takes a target out of the queue. Fires its deadline if the target must not start.</summary>
    internal void Enter(Target target, Deadline deadline)
    {
        lock (_lock)
        {
            _taken++;
            Reenter(target, deadline);
        }
    }

    /// <summary>Gives a running target another deadline, for its next attempt. Fires it if the target must not run again.</summary>
    internal void Reenter(Target target, Deadline deadline)
    {
        lock (_lock)
        {
            if (Reason != StopReason.None)
                deadline.Fire(Canceled(Reason));
            else if (_canceled.Contains(target.Index))
                deadline.Fire(Canceled(StopReason.Requested));
            _running[target.Index] = deadline;
        }
    }

    /// <summary>Counts a target that a stop left in the queue.</summary>
    internal void Skip()
    {
        lock (_lock)
        {
            _taken++;
            _failed++;
        }
    }

    /// <summary>Counts a target that has ended.</summary>
    internal void Leave(Target target, bool succeeded)
    {
        lock (_lock)
        {
            _running.Remove(target.Index);
            if (succeeded)
                _succeeded++;
            else
                _failed++;
        }
    }

    /// <summary>Counts a target that has a result without running.</summary>
    internal void Pass()
    {
        lock (_lock)
        {
            _taken++;
            _succeeded++;
        }
    }

    /// <summary>Counts a target that has succeeded as running again.</summary>
    internal void BeginCheck()
    {
        lock (_lock)
            _succeeded--;
    }

    /// <summary>Counts a target whose check has ended.</summary>
    internal void EndCheck(bool succeeded)
    {
        lock (_lock)
        {
            if (succeeded)
                _succeeded++;
            else
                _failed++;
        }
    }

    private static NodeResult Canceled(StopReason reason) =>
        new(reason == StopReason.Deadline ? NodeOutcome.DeadlineExceeded : NodeOutcome.Canceled) { Stop = reason };

    private void Stop(StopReason reason, Target? firstFailure)
    {
        Deadline[] running;
        lock (_lock)
        {
            // The time of a run that is over can elapse before its reader has taken the last event.
            if (Reason == StopReason.Threshold && IsOfUser(reason))
                Reason = reason;
            if (Reason != StopReason.None || (reason == StopReason.Deadline && _plan is not null && _succeeded + _failed == _total))
                return;
            Reason = reason;
            FirstFailure = firstFailure;
            CountsAtStop = CountsNow();
            running = [.. _running.Values];
        }

        var ending = Canceled(reason);
        foreach (var deadline in running)
            deadline.Fire(ending);
        _stopped.TrySetResult();
    }

    private static bool IsOfUser(StopReason reason) =>
        reason is StopReason.Interrupt or StopReason.Terminate or StopReason.HangUp or StopReason.Quit;

    private void CheckIsOfRun(Target target)
    {
        if (_plan?.Contains(target) == false)
            throw new ArgumentException($"{target.Label} is not a target of this run; take it from the plan or from an event", nameof(target));
    }

    private RunCounts CountsNow() => new(_taken - _succeeded - _failed, _succeeded, _total - _taken, _failed);
}
