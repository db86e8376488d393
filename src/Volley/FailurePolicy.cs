namespace Volley;

/// <summary>What the first failure does to the rest of the run.</summary>
public enum FailurePolicy
{
    /// <summary>Nothing: every target runs.</summary>
    Continue,

    /// <summary>It stops the run: queued targets never start, running ones are ended.</summary>
    FailFast,
}
