using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options;

/// <summary>The options that select configuration files and the profile.</summary>
internal sealed class ConfigurationOptions() : OptionGroup("Configuration")
{
    public readonly Option<string> File = new(Values.Text, "--config")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "read FILE instead of the configuration files of the user and the system; none for no file",
        IsConfigurable = false,
    };
    public readonly Option<string> Profile = new(Values.Text, "--profile")
    {
        ValueName = "NAME",
        Completes = OptionValues.Profiles,
        Help = "use the options of a profile of the configuration",
        IsConfigurable = false,
    };

    public override IReadOnlyList<Option> Options => [File, Profile];
}
