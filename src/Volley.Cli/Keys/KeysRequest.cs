using Volley.Cli.Options;
using Volley.Cli.Options.Configured;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;

namespace Volley.Cli.Keys;

/// <summary>What is done with host keys.</summary>
internal enum KeysVerb
{
    Scan,
    Pin,
    Changed,
    Remove,
}

/// <summary>The request of <c>volley keys</c> about host keys.</summary>
/// <param name="Verb">What is done.</param>
/// <param name="Options">The hosts, and how they are connected to.</param>
/// <param name="Sources">The sources of groups.</param>
internal sealed record KeysRequest(KeysVerb Verb, RunOptions Options, SourceAccess Sources) : Request
{
    private const string Push = "push";

    /// <summary>The verbs after <c>volley keys</c>.</summary>
    public static IReadOnlyList<string> Verbs { get; } = [.. Enum.GetNames<KeysVerb>().Select(name => name.ToLowerInvariant()), Push];

    /// <summary>Parses the arguments after <c>keys</c>.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public static Request Parse(string[] arguments, Func<string, string?> variable)
    {
        if (arguments is [Push, .. var pushed])
            return RunOptions.Parse(pushed, RunVerb.PushKey, variable);
        if (arguments is not [var name, .. var rest] || !Enum.TryParse<KeysVerb>(name, ignoreCase: true, out var verb) || !Verbs.Contains(name))
            throw new UsageException($"keys takes a verb: volley keys {string.Join('|', Verbs)} -H HOSTS");
        if (verb == KeysVerb.Remove && OptionParser.SplitMixed(new RunOptions().All, rest).Others.Length > 0)
            return RunOptions.Parse(rest, RunVerb.RemoveKey, variable);
        var keys = new KeyOptions();
        if (OptionParser.SetMixed(keys.Options, rest) is [var other, ..])
            throw new UsageException($"unexpected '{other}'; name hosts with -H: volley keys {name} -H {other}");
        var configuration = new OptionLayers(keys.Run, variable) { Options = keys.Options }.Apply();
        return new KeysRequest(verb, keys.Run, new SourceAccess(() => SourceAccess.Describe(keys.Run, configuration, variable)));
    }
}

/// <summary>The options of verbs about host keys.</summary>
internal sealed class KeyOptions() : OptionGroup("Keys")
{
    /// <summary>All options, of which these verbs have a part.</summary>
    public RunOptions Run { get; } = new();

    public override IReadOnlyList<Option> Options =>
    [
        .. Run.Hosts.Options, Run.Choice.Limit, Run.Choice.Pick, Run.Choice.Seed, Run.Choice.Order, Run.Choice.Yes,
        Run.Job.Parallel, Run.Job.ConnectTimeout, Run.Files.File, Run.Files.Profile,
    ];
}
