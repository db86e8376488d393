using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options;

/// <summary>The options for running commands as another user of the hosts.</summary>
internal sealed class ElevationOptions() : OptionGroup("Other users at the hosts")
{
    private const string Root = "root";
    private const string RunsNothing = "it runs no command";
    private const string ForKeys =
        "it edits the keys of the user who logs in; for another user: volley -H HOSTS --sudo=USER --stdin 'cat >> ~/.ssh/authorized_keys' < KEY.pub";
    private const string NeedsTerminal = "it needs a terminal, over which no files can be copied; use --sudo";

    private static readonly RunVerb[] Waiting = [RunVerb.Reboot, RunVerb.WaitFor];

    public readonly OptionalOption Sudo = new(ReadUser, Root, "--sudo")
    {
        OptionalValueName = "USER",
        Help = "run the command as USER, or root, by sudo; its password is tried on one host before the others",
        NeedsCommand = RunsNothing,
        NotForKeys = ForKeys,
        AlsoFor = Waiting,
        HasVariable = false,
    };
    public readonly OptionalOption Doas = new(ReadUser, Root, "--doas")
    {
        OptionalValueName = "USER",
        Help = "the same by doas, on a pseudo-terminal if it asks for a password",
        NeedsConnection = true,
        NeedsCommand = RunsNothing,
        NotForKeys = ForKeys,
        AlsoFor = Waiting,
        NotForTransfers = NeedsTerminal,
        HasVariable = false,
    };
    public readonly OptionalOption Su = new(ReadUser, Root, "--su")
    {
        OptionalValueName = "USER",
        Help = "the same by su and the password of USER, on a pseudo-terminal",
        NeedsConnection = true,
        NeedsCommand = RunsNothing,
        NotForKeys = ForKeys,
        AlsoFor = Waiting,
        NotForTransfers = NeedsTerminal,
        HasVariable = false,
    };
    public readonly Option<string> PasswordCommand = new(Values.Text, "--sudo-password-command")
    {
        ValueName = "CMD",
        Help = "read the password from the first line that CMD prints here, in place of the terminal",
        NeedsCommand = RunsNothing,
        NotForKeys = ForKeys,
        AlsoFor = Waiting,
        HasVariable = false,
    };
    public readonly Option<string> PasswordFile = new(Values.Text, "--sudo-password-file")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "read the password from the first line of FILE, which no other user may access",
        NeedsCommand = RunsNothing,
        NotForKeys = ForKeys,
        AlsoFor = Waiting,
        HasVariable = false,
    };
    public readonly Option<TimeSpan?> StartLimit = new(Values.Duration, "--sudo-timeout")
    {
        ValueName = "TIME",
        Help = "time limit for sudo, doas or su to answer the password and start the command; then the next host tries it",
        Default = "30",
        NeedsCommand = RunsNothing,
        NotForKeys = ForKeys,
        AlsoFor = Waiting,
    };

    public override IReadOnlyList<Option> Options => [Sudo, Doas, Su, PasswordCommand, PasswordFile, StartLimit];

    /// <summary>The user as whom commands run, and the program, for display; null for the user who logs in.</summary>
    public string? Description => Given is { } program ? $"{program.Value}, by {program.Name[2..]}" : null;

    /// <summary>The program and the user; null for the user who logs in.</summary>
    public (string? Program, string? User) Request => Given is { } program ? (program.Name[2..], program.Value) : default;

    private OptionalOption[] Programs => [Sudo, Doas, Su];

    private OptionalOption? Given => Array.Find(Programs, one => one.IsGiven);

    /// <summary>Checks that the options are consistent with each other and with the job.</summary>
    /// <param name="job">The options of the job.</param>
    /// <param name="verb">The verb.</param>
    /// <param name="hasCommand">Whether a command is given.</param>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check(JobOptions job, RunVerb verb, bool hasCommand)
    {
        if (Sudo.Contradicts(Doas) || Sudo.Contradicts(Su) || Doas.Contradicts(Su))
            throw new UsageException("--sudo, --doas and --su are mutually exclusive");
        if (PasswordCommand.Contradicts(PasswordFile))
            throw PasswordCommand.Error("--sudo-password-command and --sudo-password-file are mutually exclusive");
        if (Given is null)
        {
            foreach (var option in new Option[] { PasswordCommand, PasswordFile, StartLimit })
            {
                option.DropDefault();
                if (option.IsGiven)
                    throw new UsageException($"{option.Name} requires --sudo, --doas or --su");
            }
        }

        if (verb == RunVerb.WaitFor && !hasCommand && Given is { } unused)
            throw unused.Error($"wait-for takes {unused.Name} only with a command: a login needs no other user");
        foreach (var program in Programs.Where(one => one != Sudo))
        {
            if (program.Contradicts(job.Stdin) || program.Contradicts(job.Script))
                throw program.Error(
                    $"{program.Name} runs the command on a terminal, which can't take --stdin or --script; use --sudo, or push the file first");
        }
    }

    /// <summary>Returns the user and the password; null if commands run as the user who logs in.</summary>
    /// <exception cref="UsageException">The password can't be read.</exception>
    public async ValueTask<ElevationSettings?> ResolveAsync(ProgramEnvironment environment)
    {
        if (Given is not { } program)
            return null;
        var settings = new ElevationSettings
        {
            Method = program == Sudo ? ElevationMethod.Sudo : program == Doas ? ElevationMethod.Doas : ElevationMethod.Su,
            User = program.Value!,
            Password = PasswordFile.IsGiven ? PasswordSource.ReadFile(PasswordFile)
                : PasswordCommand.IsGiven ? await PasswordSource.RunAsync(PasswordCommand)
                : environment.AskOptionalPassword($"{program.Name[2..]} password for the hosts (Enter if none is needed): "),
        };
        return StartLimit.Value is { } limit ? settings with { StartLimit = limit } : settings;
    }

    /// <summary>Returns a note about a forwarded agent that the command can't use; null if there is nothing to say.</summary>
    /// <param name="forward">The option that forwards it.</param>
    public string? GetAgentNote(Option forward) => forward.IsGiven && Given is { Value: not Root } program
        ? $"{forward.Letter} has no effect with {program.Name}={program.Value}: the socket of the agent is open only to root and the user who logs in"
        : null;

    private static string ReadUser(string name, string text) =>
        text.StartsWith('-') || text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character))
            ? throw new UsageException($"{name} takes the name of a user, not '{text}'")
            : text;
}
