namespace Volley;

/// <summary>
/// A change to a run that would avoid a failure. The failure's message does not mention it, so that a program can add it in the terms
/// of its own options.
/// </summary>
public enum Remedy
{
    /// <summary>None is known, or the message says it.</summary>
    None,

    /// <summary>Run fewer targets at the same time (<see cref="RunPlan.MaxConcurrency"/>): a resource of the local machine is exhausted.</summary>
    LowerConcurrency,

    /// <summary>Connect by <see cref="OpenSshTransport"/> or <see cref="AutoTransport"/>, which can do what the native transport can't.</summary>
    UseOpenSsh,

    /// <summary>Connect by <see cref="NativeTransport"/> with an explicit user: the local user has no account, which ssh requires.</summary>
    UseNative,

    /// <summary>Send the command as a script (<see cref="CommandJob.Script"/>): it is too long for an argument.</summary>
    UseScript,

    /// <summary>Leave hosts out of a list by <see cref="HostList.Except"/>: the list itself can't.</summary>
    ExcludeHosts,

    /// <summary>Answer the question of the host (<see cref="SshOptions.PromptCallback"/>).</summary>
    AnswerPrompts,

    /// <summary>Give the password of <see cref="ElevationSettings"/>: the target asks for one.</summary>
    GiveElevationPassword,

    /// <summary>Run the command on a terminal (<see cref="CommandJob.Terminal"/>): the target requires one.</summary>
    UseTerminal,

    /// <summary>Raise <see cref="ElevationSettings.StartLimit"/>: the target may be slow.</summary>
    RaiseElevationLimit,

    /// <summary>
    /// Copy the files as the user who logs in, and move them by an elevated command on a terminal (<see cref="CommandJob.Terminal"/>): the target requires
    /// one, over which no files can be copied.
    /// </summary>
    MoveOnTerminal,

    /// <summary>Create the missing directories of the destination (<see cref="PushJob.MakeDirectories"/>).</summary>
    MakeDirectories,
}
