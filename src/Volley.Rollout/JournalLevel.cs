namespace Volley.Rollout;

/// <summary>How much of the output of a run its journal holds.</summary>
public enum JournalLevel
{
    /// <summary>The beginning and the end of each stream of each target.</summary>
    Ends,

    /// <summary>All output, and the values of variables that the run sets at the targets.</summary>
    Full,

    /// <summary>No output.</summary>
    None,
}
