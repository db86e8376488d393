using System.Collections.Immutable;

namespace Volley.Cli.Rollouts;

/// <summary>A command line that does the same on other hosts.</summary>
/// <param name="Verb">The verb; null for a run.</param>
/// <param name="Options">The options that do not choose hosts.</param>
/// <param name="Arguments">The arguments after the options.</param>
internal sealed record RepeatedCommand(string? Verb, ImmutableArray<string> Options, ImmutableArray<string> Arguments)
{
    /// <summary>Returns the command line for hosts, quoted for a shell.</summary>
    public string For(IEnumerable<Target> targets)
    {
        string[] verb = Verb is null ? [] : [Verb];
        string[] end = Arguments.IsEmpty ? [] : ["--", .. Arguments];
        return CommandJob.Program("volley", [.. verb, "-H", HostList.Fold(targets.Select(target => target.Name)), .. Options, .. end]).Title;
    }
}
