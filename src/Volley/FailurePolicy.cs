namespace Volley;

/// <summary>The effect of the first failure on the rest of the run.</summary>
public enum FailurePolicy
{
    /// <summary>The run continues: every target runs.</summary>
    Continue,

    /// <summary>The run stops: queued targets never start, running commands are ended.</summary>
    FailFast,
}
