namespace Volley.Rollout;

/// <summary>What the journal knows of the end of a run.</summary>
public enum JournalState
{
    /// <summary>The program of the run still runs.</summary>
    Running,

    /// <summary>The run has ended, and its result is known.</summary>
    Ended,

    /// <summary>The program was killed before the end of the run.</summary>
    Killed,

    /// <summary>The journal could not be written to the end, as on a full disk. The run itself went on, and its result is not known.</summary>
    Incomplete,

    /// <summary>The events of the run are missing or damaged, so that its result is not known.</summary>
    Damaged,
}
