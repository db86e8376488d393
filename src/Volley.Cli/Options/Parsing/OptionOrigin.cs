using Volley.Inventory;

namespace Volley.Cli.Options.Parsing;

/// <summary>The places where an option can be set, the one with the highest precedence first.</summary>
internal enum OptionLayer
{
    CommandLine,

    /// <summary>The run that is repeated.</summary>
    EarlierRun,
    Environment,
    Profile,
    Cluster,
    UserFile,
    SystemFile,
}

/// <summary>Where an option was set.</summary>
/// <param name="Layer">The kind of place.</param>
/// <param name="Place">The file and line, or the variable; empty for the command line.</param>
/// <param name="Section">The name of the profile or cluster; null for other places.</param>
internal sealed record OptionOrigin(OptionLayer Layer, FilePlace Place, string? Section = null)
{
    public static readonly OptionOrigin CommandLine = new(OptionLayer.CommandLine, new("", 0));

    /// <summary>Returns a usage error that begins with the file and line or with the variable.</summary>
    public UsageException Error(string message) => new(Layer == OptionLayer.CommandLine ? message : $"{Place}: {message}");

    /// <summary>Returns <c>command line</c>, the variable, or the file and line.</summary>
    public override string ToString() => Layer switch
    {
        OptionLayer.CommandLine => "command line",
        OptionLayer.Profile => $"profile {Section}, {Place}",
        OptionLayer.Cluster => $"cluster {Section}, {Place}",
        _ => Place.ToString(),
    };
}
