namespace Volley.Cli.Options;

/// <summary>The verbs that contact hosts and share the options of a run.</summary>
internal enum RunVerb
{
    Run,
    Ping,
    Connect,
    Push,
    Sync,
    Pull,
    PushKey,
    RemoveKey,
    Reboot,
    WaitFor,
}

/// <summary>Names and kinds of <see cref="RunVerb"/>.</summary>
internal static class RunVerbExtensions
{
    /// <summary>Returns the verb as it is typed.</summary>
    public static string GetName(this RunVerb verb) => verb switch
    {
        RunVerb.PushKey => "keys push",
        RunVerb.RemoveKey => "keys remove",
        RunVerb.WaitFor => CommandLine.WaitFor,
        _ => verb.ToString().ToLowerInvariant(),
    };

    /// <summary>Whether the verb runs a command or a script.</summary>
    public static bool RunsCommand(this RunVerb verb) => verb == RunVerb.Run;

    /// <summary>Whether the verb copies files. Its options and paths may be in any order, and all hosts count for the exit code.</summary>
    public static bool IsTransfer(this RunVerb verb) => verb is RunVerb.Push or RunVerb.Sync or RunVerb.Pull;

    /// <summary>Whether the verb edits authorized_keys at the hosts. Its options and its key may be in any order, and all hosts count for the exit code.</summary>
    public static bool EditsKeys(this RunVerb verb) => verb is RunVerb.PushKey or RunVerb.RemoveKey;

    /// <summary>Whether the verb only connects and logs in, without a command.</summary>
    public static bool IsPing(this RunVerb verb) => verb is RunVerb.Ping or RunVerb.Connect;

    /// <summary>Whether all hosts count for the exit code unless an option says otherwise.</summary>
    public static bool CountsAllHosts(this RunVerb verb) => verb.IsTransfer() || verb.EditsKeys() || verb is RunVerb.Reboot or RunVerb.WaitFor;
}
