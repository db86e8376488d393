using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Inventory;
using Volley.Ssh;

namespace Volley.Cli.Selection;

/// <summary>The sources of groups and attributes, which are created only if an expression needs them.</summary>
/// <param name="describe">
/// Returns the sources to create. It is called when the configuration or a source is first needed, and throws <see cref="UsageException"/> or
/// <see cref="ConfigurationException"/> if a variable or a file is invalid.
/// </param>
internal sealed class SourceAccess(Func<StandardSources> describe)
{
    private HostSources? _sources;

    /// <summary>Creates the access of a run.</summary>
    public static SourceAccess Of(RunOptions options, ProgramEnvironment environment) =>
        new(() => Describe(options, options.Configuration, environment.Variable));

    /// <summary>Returns the sources that options and configuration select.</summary>
    public static StandardSources Describe(RunOptions options, VolleyConfiguration configuration, Func<string, string?> variable) =>
        Describe(configuration, options.Hosts.Inventory.Values, new SshConfigFiles { OnlyFile = options.Hosts.ConfigFile.Value }, variable);

    /// <summary>Returns the sources of a configuration, with the Ansible inventories and the files of ssh_config beside it.</summary>
    public static StandardSources Describe(
        VolleyConfiguration configuration, IReadOnlyList<string> inventories, SshConfigFiles sshConfig, Func<string, string?> variable) => new()
        {
            Configuration = configuration,
            Inventories = inventories,
            SshConfig = sshConfig,
            Variable = variable,
            FindNamed = name => RunSource.Find(name, variable),
        };

    /// <summary>The configuration.</summary>
    public VolleyConfiguration Configuration => Description.Configuration;

    /// <summary>The warnings about sources that a search passed over.</summary>
    public IEnumerable<string> Warnings => (_sources?.Failures ?? []).Select(failure => $"volley: warning: {failure.Message}");

    /// <summary>Returns the sources for expressions.</summary>
    public HostSources Get(params IEnumerable<HostExpression> expressions) => Get(expressions.Any(expression => !expression.IsList));

    /// <summary>Returns the sources, none if they are not needed.</summary>
    public HostSources Get(bool areNeeded) => areNeeded ? _sources ??= Description.Create() : _sources ?? HostSources.None;

    private StandardSources Description => field ??= describe();
}
