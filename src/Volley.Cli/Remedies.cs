using Volley.Transports.Processes;

namespace Volley.Cli;

/// <summary>Completes messages of the library by the options that avoid a failure.</summary>
internal static class Remedies
{
    /// <summary>Returns an event whose message is complete.</summary>
    public static NodeEvent Complete(NodeEvent nodeEvent) => nodeEvent switch
    {
        NodeFinished { Result: { Remedy: not Remedy.None, Message: not null } result } finished => finished with { Result = Complete(result) },
        NodeRetrying { Result: { Remedy: not Remedy.None, Message: not null } result } retrying => retrying with { Result = Complete(result) },
        _ => nodeEvent,
    };

    /// <summary>Returns the message of a failure to start or of a failed connection.</summary>
    public static string GetMessage(TransportException failure) => failure.Message + GetOption(failure.Remedy);

    /// <summary>Returns the message of an invalid host list.</summary>
    public static string GetMessage(HostListException failure) => failure.Message + GetOption(failure.Remedy);

    /// <summary>Returns the message of a failed temporary file.</summary>
    public static string GetMessage(IOException failure) => failure.Message + GetOption(ResourceLimit.GetRemedy(failure));

    /// <summary>Returns the end of a log message about a failure.</summary>
    public static string GetOption(Exception? failure) => failure is TransportException { Remedy: var remedy } ? GetOption(remedy) : "";

    private static NodeResult Complete(NodeResult result) => result with { Message = result.Message + GetOption(result.Remedy) };

    private static string GetOption(Remedy remedy) => remedy switch
    {
        Remedy.LowerConcurrency => ", or lower --parallel",
        Remedy.UseOpenSsh => "; use --transport openssh",
        Remedy.UseNative => ", or use --transport native with -l USER",
        Remedy.UseScript => "; put it into a file and use --script FILE",
        Remedy.AnswerPrompts => "; answer its questions on a terminal: volley connect -H HOST, or --ask",
        Remedy.ExcludeHosts => "; exclude hosts with -x/--exclude",
        Remedy.GiveElevationPassword => "; type it when volley asks on a terminal, or use --sudo-password-file or --sudo-password-command",
        Remedy.UseTerminal => "; use --tty",
        Remedy.RaiseElevationLimit => "; --sudo-timeout sets the limit",
        Remedy.MoveOnTerminal =>
            ", over which no files can be copied; copy without --sudo, and move the files by a command with --sudo --tty",
        Remedy.MakeDirectories => "; --mkdir creates it",
        _ => "",
    };
}
