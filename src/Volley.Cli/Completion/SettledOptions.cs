using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;
using Volley.Interop.Text;
using Volley.Inventory;
using Volley.Ssh;

namespace Volley.Cli.Completion;

/// <summary>
/// The options that are settled in front of the unfinished argument: by the command line, a variable, a profile or a configuration file. Invalid
/// values are left out, because the run itself reports them.
/// </summary>
/// <param name="found">The options of the command line, with their values.</param>
/// <param name="variable">Returns the value of an environment variable.</param>
internal sealed class SettledOptions(IReadOnlyList<(Option Option, string? Value)> found, Func<string, string?> variable)
{
    /// <summary>The configuration; empty if it is invalid.</summary>
    public VolleyConfiguration Configuration => Settled.Configuration;

    /// <summary>The files of ssh_config; none if the one that is named can't be read here.</summary>
    public SshConfigFiles SshConfig => Settled.Options.Hosts.ConfigFile.Value is { } file && ReadableFile.IsPipe(file)
        ? SshConfigFiles.None
        : new() { OnlyFile = Settled.Options.Hosts.ConfigFile.Value };

    /// <summary>Whether hosts are named, so that a command can follow.</summary>
    public bool NamesHosts => Settled.Options.Hosts.NameHosts || variable("BACKENDAI_CLUSTER_HOSTS") is { Length: > 0 };

    /// <summary>Whether a script is named, so that its arguments follow.</summary>
    public bool NamesScript => Settled.Options.Job.Script.IsGiven;

    private (RunOptions Options, VolleyConfiguration Configuration) Settled => _settled ??= Settle();

    private (RunOptions Options, VolleyConfiguration Configuration)? _settled;

    /// <summary>Returns the sources of groups. None of them is read yet.</summary>
    public HostSources CreateSources() =>
        SourceAccess.Describe(Configuration, Settled.Options.Hosts.Inventory.Values, SshConfig, variable).Create();

    /// <summary>Returns the results of a run as a source; null if the name is not that of a run.</summary>
    public IHostSource? FindRun(string name) => RunSource.Find(name, variable);

    /// <summary>Returns the names of runs as sources, the last one first.</summary>
    public IEnumerable<Suggestion> GetRuns() => RunSuggestions.Find(variable).Select(run => run with { Text = run.Text + ":" });

    private (RunOptions Options, VolleyConfiguration Configuration) Settle()
    {
        var options = new RunOptions();
        foreach (var (option, value) in found)
            Set(options.All.FirstOrDefault(one => one.Name == option.Name), value);
        var layers = new OptionLayers(options, variable) { IgnoresErrors = true };
        layers.ApplyVariables();
        return (options, layers.ApplyFiles(ReadConfiguration(options)));
    }

    private void Set(Option? option, string? value)
    {
        try
        {
            // The shell has not expanded the line.
            option?.Take(value is null ? null : SystemEnvironment.ExpandHome(value, variable));
        }
        catch (Exception failure) when (failure is UsageException or HostListException)
        {
            // The option stays as it is.
        }
    }

    private VolleyConfiguration ReadConfiguration(RunOptions options)
    {
        try
        {
            var file = options.Files.File.Value;
            return ConfigurationFiles.Find(file, variable).All(ReadableFile.Exists)
                ? ConfigurationFiles.Read(options.All, file, variable)
                : VolleyConfiguration.Empty;
        }
        catch (ConfigurationException)
        {
            return VolleyConfiguration.Empty;
        }
    }
}
