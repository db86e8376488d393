using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;

namespace Volley.Cli.Options;

/// <summary>The options of verbs that ask the sources of hosts and run nothing.</summary>
internal sealed class QueryOptions() : OptionGroup("Sources")
{
    private readonly RunOptions _run = new();

    public override IReadOnlyList<Option> Options => [_run.Files.File, _run.Files.Profile, _run.Hosts.Inventory, _run.Hosts.ConfigFile];

    /// <summary>Returns the access to the sources. Variables and configuration files are read when a source is needed.</summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    public SourceAccess CreateAccess(Func<string, string?> variable) =>
        new(() => SourceAccess.Describe(_run, new OptionLayers(_run, variable) { Options = Options }.Apply(), variable));
}
