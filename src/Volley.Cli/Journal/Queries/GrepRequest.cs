using System.Text.RegularExpressions;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Rollout;

namespace Volley.Cli.Journal.Queries;

/// <summary>The request of <c>volley grep</c>: to search the output of runs.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="Pattern">The pattern.</param>
/// <param name="Runs">The runs; none for all.</param>
internal sealed record GrepRequest(RunJournal Journal, Regex Pattern, IReadOnlyList<string> Runs) : Request
{
    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    public static GrepRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        var options = new GrepOptions();
        if (OptionParser.SetMixed(options.Options, arguments) is not [var pattern, .. var runs])
            throw new UsageException("grep needs a pattern: volley grep PATTERN [RUN...]");
        return new GrepRequest(RunLookup.Open(variable), options.Create(pattern), runs);
    }
}

/// <summary>The options of <c>volley grep</c>.</summary>
internal sealed class GrepOptions() : OptionGroup("Search")
{
    private readonly Flag _ignoreCase = new("--ignore-case", "-i") { Help = "ignore the case of letters", IsConfigurable = false, HasVariable = false };
    private readonly Flag _fixed = new("--fixed", "-F")
    {
        Help = "take the pattern as a text, not as a regular expression",
        IsConfigurable = false,
        HasVariable = false,
    };

    public override IReadOnlyList<Option> Options => [_ignoreCase, _fixed];

    /// <summary>Returns the regular expression of a pattern. Its time is linear in the length of a line.</summary>
    /// <exception cref="UsageException">The pattern is invalid.</exception>
    public Regex Create(string pattern)
    {
        var options = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | (_ignoreCase.IsGiven ? RegexOptions.IgnoreCase : 0);
        try
        {
            return new Regex(_fixed.IsGiven ? Regex.Escape(pattern) : pattern, options);
        }
        catch (Exception invalid) when (invalid is ArgumentException or NotSupportedException)
        {
            throw new UsageException($"the pattern '{pattern}' is invalid: {invalid.Message}");
        }
    }
}
