using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;
using Volley.Interop.Text;
using Volley.Inventory;
using Volley.Ssh;

namespace Volley.Cli.Completion;

/// <summary>The options that are settled in front of the unfinished argument: by the command line, a variable, a profile or a configuration file.</summary>
/// <param name="all">The options that the verb has.</param>
/// <param name="found">The options of the command line, with their values.</param>
/// <param name="variable">Returns the value of an environment variable.</param>
internal sealed class SettledOptions(IReadOnlyList<Option> all, IReadOnlyList<(Option Option, string? Value)> found, Func<string, string?> variable)
{
    /// <summary>The configuration; empty if it is invalid, which the run itself will report.</summary>
    public VolleyConfiguration Configuration => field ??= ReadConfiguration();

    /// <summary>The files of ssh_config.</summary>
    public SshConfigFiles SshConfig => new() { OnlyFile = GetLast(Find("--ssh-config")) };

    /// <summary>Whether hosts are named, so that a command can follow.</summary>
    public bool NamesHosts => Has("--hosts") || Has("--cluster") || Has("--all") || variable("BACKENDAI_CLUSTER_HOSTS") is { Length: > 0 };

    /// <summary>Returns whether an option is given.</summary>
    public bool Has(string name) => Find(name).Count > 0;

    /// <summary>Returns the sources of groups. None of them is read yet.</summary>
    public HostSources CreateSources() => SourceAccess.Describe(Configuration, Find("--inventory"), SshConfig, variable).Create();

    /// <summary>Returns the values of an option, from the place of the highest precedence that states it.</summary>
    private IReadOnlyList<string> Find(string name)
    {
        if (FindStated(name) is { Count: > 0 } stated)
            return stated;
        var key = name[2..];
        var profile = FindStated("--profile") is [.., var named] ? Configuration.Profiles.GetValueOrDefault(named) : null;
        var value = profile?.GetValueOrDefault(key) ?? Configuration.Defaults.GetValueOrDefault(key);
        return value is null ? [] : [.. value.Values.Select(text => SystemEnvironment.ExpandHome(text, variable))];
    }

    /// <summary>Returns the values that the command line or a variable states.</summary>
    private IReadOnlyList<string> FindStated(string name)
    {
        var stated = found.Where(one => one.Option.LongName == name).Select(one => one.Value).OfType<string>().ToArray();
        if (stated.Length == 0 && all.FirstOrDefault(one => one.LongName == name)?.Variable is { } named && variable(named) is { Length: > 0 } set)
            stated = [set];
        // The shell has not expanded the line.
        return [.. stated.Select(text => SystemEnvironment.ExpandHome(text, variable))];
    }

    private static string? GetLast(IReadOnlyList<string> values) => values is [.., var last] ? last : null;

    private VolleyConfiguration ReadConfiguration()
    {
        try
        {
            return ConfigurationFiles.Read(new Options.RunOptions().All, GetLast(FindStated("--config")), variable);
        }
        catch (ConfigurationException)
        {
            return VolleyConfiguration.Empty;
        }
    }
}
