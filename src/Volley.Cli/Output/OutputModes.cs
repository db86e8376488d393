using System.Collections.Immutable;

namespace Volley.Cli.Output;

/// <summary>An output. Of several, the first in this order is shown on standard output, and the others on standard error.</summary>
internal enum OutputMode
{
    /// <summary>An interactive screen that stays open until the user leaves.</summary>
    Tui,

    /// <summary>Nothing, which leaves standard output free.</summary>
    None,

    /// <summary>One JSON object per event and line.</summary>
    Json,

    /// <summary>Each distinct result once, at the end of the run.</summary>
    Gather,

    /// <summary>A block for each node, when the node finishes.</summary>
    Normal,

    /// <summary>Each line as it arrives.</summary>
    Stream,
}

/// <summary>The outputs that a run has at the same time.</summary>
/// <param name="Main">The output on standard output.</param>
/// <param name="Others">The other outputs: on standard error; with the terminal UI, on standard output once it has left the terminal.</param>
internal sealed record OutputModes(OutputMode Main, ImmutableArray<OutputMode> Others)
{
    /// <summary>The names of the outputs.</summary>
    public static readonly ImmutableArray<string> Names = ["normal", "stream", "gather", "json", "tui", "none"];

    /// <summary>Creates the set of one output.</summary>
    public OutputModes(OutputMode only)
        : this(only, [])
    {
    }

    /// <summary>Whether nothing but the report of <c>--report -</c> is written to standard output.</summary>
    public bool LeaveStdoutFree => Main == OutputMode.None;

    /// <summary>Parses the value of <c>--output</c>: names that commas separate.</summary>
    /// <param name="option">The name of the option, for messages.</param>
    /// <param name="text">The value.</param>
    /// <exception cref="UsageException">A name is unknown, or the outputs can't be combined.</exception>
    public static OutputModes Parse(string option, string text)
    {
        var names = text.Split(',');
        foreach (var name in names.Where(name => !Names.Contains(name)))
        {
            throw new UsageException(names.Length == 1
                ? $"{option} takes {List()}, or several with commas, not '{name}'"
                : $"{option} {text}: '{name}' is not an output; the outputs are {List()}");
        }

        if (names.CountBy(name => name).FirstOrDefault(count => count.Value > 1) is { Key: { } twice })
            throw new UsageException($"{option} {text}: {twice} is named twice; name it once");
        var modes = names.Select(name => Enum.Parse<OutputMode>(name, ignoreCase: true)).Order().ToArray();
        if (modes is [OutputMode.Tui, _, ..] and not [_, OutputMode.Gather])
        {
            throw new UsageException(
                $"{option} {text}: the terminal UI owns the terminal while the run goes on; of the other outputs it can be combined with gather only");
        }

        if (modes is [OutputMode.None, OutputMode.Json, ..])
            throw new UsageException($"{option} {text}: json would be mixed with messages on standard error; leave none out");
        return new OutputModes(modes[0], [.. modes[1..]]);

        static string List() => $"{string.Join(", ", Names[..^1])} or {Names[^1]}";
    }

    /// <summary>Returns whether an output is one of them.</summary>
    public bool Has(OutputMode mode) => Main == mode || Others.Contains(mode);

    /// <summary>Returns the outputs with lines instead of the terminal UI, for a terminal that can't show it.</summary>
    public OutputModes WithoutTui() =>
        Main != OutputMode.Tui ? this
        : Others.IsEmpty ? new OutputModes(OutputMode.Stream)
        : new OutputModes(Others[0], [.. Others[1..], OutputMode.Stream]);
}
