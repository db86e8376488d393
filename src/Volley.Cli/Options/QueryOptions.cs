using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Inventory;

namespace Volley.Cli.Options;

/// <summary>The options of verbs that ask the sources of hosts and run nothing.</summary>
internal sealed class QueryOptions() : OptionGroup("Sources")
{
    public readonly Option<string> File = new ConfigurationOptions().File;
    public readonly ListOption Inventory = new HostOptions().Inventory;

    public override IReadOnlyList<Option> Options => [File, Inventory];

    /// <summary>Returns the sources of hosts.</summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">A variable has an invalid value.</exception>
    /// <exception cref="ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public HostSources CreateSources(Func<string, string?> variable)
    {
        foreach (var option in Options)
            option.TakeVariable(variable);
        return new StandardSources
        {
            Configuration = ConfigurationFiles.Read(new RunOptions().All, File.Value, variable),
            Inventories = Inventory.Values,
            Variable = variable,
        }.Create();
    }
}
