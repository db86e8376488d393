using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Inventory;

namespace Volley.Cli.Options;

/// <summary>The request of <c>volley config</c>: to show the values in force.</summary>
/// <param name="Options">The options with their values.</param>
/// <param name="Configuration">The content of the configuration files.</param>
/// <param name="IsJson">Whether to print JSON.</param>
internal sealed record ConfigRequest(RunOptions Options, VolleyConfiguration Configuration, bool IsJson) : Request
{
    private const string Check = "check";

    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments or another value is invalid.</exception>
    /// <exception cref="ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public static Request Parse(string[] arguments, Func<string, string?> variable)
    {
        if (arguments is [Check, .. var files])
            return ConfigCheckRequest.Parse(files, variable);
        var json = new JsonOption();
        var options = new RunOptions();
        var others = OptionParser.SetMixed([.. options.All, json.Json], arguments);
        if (others.Length > 0)
            throw new UsageException($"unexpected '{others[0]}'; config takes options of a run, or: volley config check [FILE...]");
        return new ConfigRequest(options, new OptionLayers(options, variable).Apply(showsHostKeys: true), json.Json.IsGiven);
    }
}

/// <summary>The request of <c>volley config check</c>: to report what is wrong in configuration files and variables.</summary>
/// <param name="Files">The files; none for those that a run reads.</param>
/// <param name="Variable">Returns the value of an environment variable.</param>
internal sealed record ConfigCheckRequest(IReadOnlyList<string> Files, Func<string, string?> Variable) : Request
{
    /// <summary>Parses the arguments after <c>check</c>.</summary>
    /// <exception cref="UsageException">An argument is an option.</exception>
    public static ConfigCheckRequest Parse(string[] files, Func<string, string?> variable) =>
        Array.Find(files, file => file.StartsWith('-')) is { } option
            ? throw new UsageException($"unexpected '{option}'; config check takes the names of files only")
            : new ConfigCheckRequest(files, variable);
}

/// <summary>The option that makes a verb print JSON.</summary>
internal sealed class JsonOption() : OptionGroup("Output")
{
    public readonly Flag Json = new("--json") { Help = "print JSON", IsConfigurable = false, HasVariable = false };

    public override IReadOnlyList<Option> Options => [Json];
}
