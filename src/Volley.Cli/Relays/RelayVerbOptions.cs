using Volley.Cli.Options.Parsing;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>The options that <c>volley relay</c> has beside those of the server and of ssh.</summary>
internal sealed class RelayVerbOptions() : OptionGroup("Relay")
{
    private const int MaxCapacity = 100_000;

    public readonly Option<string> Group = new(ReadName, "--group") { ValueName = "NAME", Help = "group of the relay", IsConfigurable = false, HasVariable = false };
    public readonly Option<string> Name = new(ReadName, "--name")
    {
        ValueName = "NAME",
        Help = "name of the relay (the name of this machine)",
        IsConfigurable = false,
        HasVariable = false,
    };
    public readonly ListOption Labels = new(ReadLabel, "--label")
    {
        ValueName = "KEY=VALUE",
        Help = "label by which --via KEY=VALUE finds the relay; may be repeated",
        IsConfigurable = false,
        HasVariable = false,
    };
    public readonly Option<int?> Capacity = new(Values.Number(1, MaxCapacity), "--capacity")
    {
        ValueName = "N",
        Help = "run at most N hosts at once",
        Default = "256",
        IsConfigurable = false,
        HasVariable = false,
    };
    public readonly Option<string> AllowedSigners = new(Values.Text, "--allowed-signers")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "keys whose jobs are run (ALLOWED SIGNERS in ssh-keygen(1)), read again when the file changes",
        IsConfigurable = false,
        HasVariable = false,
    };
    public readonly Flag AllowExec = new("--allow-exec")
    {
        Help = "run jobs with --transport exec, which start processes on this machine",
        IsConfigurable = false,
        HasVariable = false,
    };
    public readonly Option<string> AuditLog = new(Values.Text, "--audit-log")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "log who ran what where to FILE (audit.log in the directory of --state-dir)",
        IsConfigurable = false,
        HasVariable = false,
    };
    public readonly Option<string> StateDirectory = new(Values.Text, "--state-dir")
    {
        ValueName = "DIR",
        Completes = OptionValues.Directories,
        Help = "directory for what must outlast a restart (~/.local/state/volley/relays/NAME)",
        IsConfigurable = false,
        HasVariable = false,
    };

    public override IReadOnlyList<Option> Options => [Group, Name, Labels, Capacity, AllowedSigners, AllowExec, AuditLog, StateDirectory];

    private static string ReadName(string name, string text) => RelayQueues.IsName(text) && !Via.ReservedNames.Contains(text)
        ? text
        : throw new UsageException($"{name} takes a name of letters, digits, - and _, other than {string.Join(" and ", Via.ReservedNames)}, not '{text}'");

    private static string ReadLabel(string name, string text) => text.Split('=') is [var key, var value] && RelayQueues.IsName(key) && RelayQueues.IsName(value)
        ? text
        : throw new UsageException($"{name} takes KEY=VALUE of letters, digits, - and _, not '{text}'");
}
