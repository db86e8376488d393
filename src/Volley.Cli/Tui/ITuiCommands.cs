using System.Collections.Immutable;
using Volley.Cli.Tui.Nodes;
using Volley.Rollout;

namespace Volley.Cli.Tui;

/// <summary>The actions of the terminal UI's keys on the run. No method blocks.</summary>
internal interface ITuiCommands
{
    /// <summary>Whether any job is running.</summary>
    bool IsLive { get; }

    /// <summary>The reason why the job can't be rerun; null if it can.</summary>
    string? CannotRepeat { get; }

    /// <summary>The handle to pause and continue the rollout; null if the run has no batches.</summary>
    RolloutControl? Rollout { get; }

    /// <summary>Stops the rollout. The UI stays open.</summary>
    void AbortRollout();

    /// <summary>Cancels one target.</summary>
    void Cancel(Target target);

    /// <summary>Reruns the job on targets that have finished.</summary>
    void Rerun(ImmutableArray<Target> targets);

    /// <summary>Stops all jobs, and closes the UI when they have ended. A second call stops waiting for them.</summary>
    void Stop();

    /// <summary>Closes the UI.</summary>
    void Leave();

    /// <summary>Suspends the program until the shell continues it.</summary>
    void Suspend();

    /// <summary>Writes the output of nodes to files in a directory, and reports the result to <paramref name="done"/>.</summary>
    void Write(string directory, ImmutableArray<NodeState> nodes, Action<string> done);
}
