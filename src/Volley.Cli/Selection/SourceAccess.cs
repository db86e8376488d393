using Volley.Cli.Options;
using Volley.Inventory;
using Volley.Ssh;

namespace Volley.Cli.Selection;

/// <summary>The sources of groups and attributes, which are created only if an expression needs them.</summary>
/// <param name="variable">Looks up an environment variable.</param>
/// <param name="readConfiguration">Returns the configuration, which names clusters and inventories.</param>
internal sealed class SourceAccess(Func<string, string?> variable, Func<VolleyConfiguration> readConfiguration)
{
    private HostSources? _sources;

    /// <summary>Creates the access of a run.</summary>
    public static SourceAccess Of(RunOptions options, ProgramEnvironment environment) => new(environment.Variable, () => options.Configuration)
    {
        Inventories = options.Hosts.Inventory.Values,
        ConfigFile = options.Hosts.ConfigFile.Value,
    };

    /// <summary>The Ansible inventories of the command line.</summary>
    public IReadOnlyList<string> Inventories { get; init; } = [];

    /// <summary>The only ssh_config file; null for the user's and the system's.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The configuration.</summary>
    /// <exception cref="ConfigurationException">A configuration file is invalid.</exception>
    public VolleyConfiguration Configuration => field ??= readConfiguration();

    /// <summary>The warnings about sources that a search passed over.</summary>
    public IEnumerable<string> Warnings => (_sources?.Failures ?? []).Select(failure => $"volley: warning: {failure.Message}");

    /// <summary>Returns the sources for expressions.</summary>
    /// <exception cref="ConfigurationException">A configuration file is invalid.</exception>
    public HostSources Get(params IEnumerable<HostExpression> expressions) => Get(expressions.Any(expression => !expression.IsList));

    /// <summary>Returns the sources, none if they are not needed.</summary>
    /// <exception cref="ConfigurationException">A configuration file is invalid.</exception>
    public HostSources Get(bool areNeeded) => areNeeded ? _sources ??= Create() : _sources ?? HostSources.None;

    private HostSources Create() => new StandardSources
    {
        Configuration = Configuration,
        Inventories = Inventories,
        SshConfig = new SshConfigFiles { OnlyFile = ConfigFile },
        Variable = variable,
    }.Create();
}
