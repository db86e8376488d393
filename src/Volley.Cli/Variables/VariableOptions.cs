using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Variables;

/// <summary>The options for what differs between the hosts of a command: variables and placeholders; and for the directory of the command.</summary>
internal sealed class VariableOptions() : OptionGroup("Variables")
{
    private const string RunsNothing = "it runs no command";
    private const string SetsNone = "it sets no variables";

    public readonly Option<string> Each = new(Values.Text, "--each")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "set variables by host from FILE: CSV with a header, or a JSON array of objects; 'host' names the host",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
        HasVariable = false,
    };
    public readonly Flag Placeholders = new("--placeholders")
    {
        Help = "replace {host}, {rank}, {user}, {ATTRIBUTE} and columns of --each in the command; a brace is written twice",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };
    public readonly Option<string> WorkingDirectory = new(Values.Text, "--workdir")
    {
        ValueName = "DIR",
        Help = "run the command in the directory DIR of the host",
        NeedsCommand = RunsNothing,
        NotForTransfers = RunsNothing,
    };
    public readonly Flag Off = new("--no-variables")
    {
        Help = "do not set VOLLEY_HOST, VOLLEY_RANK and their like: for hosts that run only certain commands",
        NeedsCommand = SetsNone,
        AlsoFor = [RunVerb.Reboot],
    };

    public override IReadOnlyList<Option> Options => [Each, Placeholders, WorkingDirectory, Off];

    /// <summary>Returns whether the command has placeholders. All hosts have the same directory.</summary>
    /// <exception cref="UsageException">The directory has one.</exception>
    public bool TakesPlaceholders()
    {
        if (!Placeholders.IsGiven || WorkingDirectory.Value is not { } path)
            return Placeholders.IsGiven;
        var begin = path.IndexOf('{', StringComparison.Ordinal);
        var end = path.IndexOf('}', StringComparison.Ordinal);
        return begin < 0 || end < begin
            ? true
            : throw new UsageException(
                $"{Placeholders.Name}: {WorkingDirectory.Name} takes no placeholder, and has {path[begin..(end + 1)]}; enter the directory in the command: cd {path} && COMMAND");
    }

    /// <summary>Checks that the options are consistent with each other and with the job.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="check">The option for a check, which is a command that has variables.</param>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check(RunVerb verb, Option check)
    {
        if (!verb.RunsCommand() && !check.IsGiven)
        {
            Off.DropDefault();
            if (Off.IsGiven)
                throw new UsageException($"{verb.GetName()} takes no {Off.Name} without {check.Name}: {SetsNone}");
        }

        if (Off.Contradicts(Placeholders))
            throw Placeholders.Error("--placeholders and --no-variables are mutually exclusive: placeholders become variables");
    }
}
