using System.Collections.Immutable;
using Volley.Cli.Tui.Nodes;
using Volley.Targets;

namespace Volley.Cli.Tui;

/// <summary>What the keys of the terminal UI do to the run. None of it waits.</summary>
internal interface ITuiCommands
{
    /// <summary>Whether anything is under way.</summary>
    bool IsLive { get; }

    /// <summary>Why the job can't be run again; null if it can.</summary>
    string? CannotRepeat { get; }

    /// <summary>Ends one target.</summary>
    void Cancel(Target target);

    /// <summary>Runs the job again at targets that are done.</summary>
    void Again(ImmutableArray<Target> targets);

    /// <summary>Ends all jobs, and the UI once they have ended; if they are being ended, waits no longer.</summary>
    void Stop();

    /// <summary>Ends the UI.</summary>
    void Leave();

    /// <summary>Stops the program until the shell continues it.</summary>
    void Suspend();

    /// <summary>Writes what nodes printed to files in a directory, and says so once it is done.</summary>
    void Write(string directory, ImmutableArray<NodeState> nodes, Action<string> done);
}
