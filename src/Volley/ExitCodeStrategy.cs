namespace Volley;

/// <summary>How the results of a completed run are combined into one exit code: <see cref="RunSummary.ExitCode"/>.</summary>
public enum ExitCodeStrategy
{
    /// <summary>The exit code of the main rank.</summary>
    MainRank,

    /// <summary>0 if every target succeeded, else 1.</summary>
    RequireAllSuccess,

    /// <summary>The main rank's code if it is not 0, else 1 if any other target failed, else 0.</summary>
    CheckAllNodes,

    /// <summary>The largest code of all targets.</summary>
    AnyFailure,
}
