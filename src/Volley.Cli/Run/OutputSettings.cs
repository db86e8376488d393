using Volley.Cli.Rendering.Gathering;

namespace Volley.Cli.Run;

/// <summary>How the output of a run is shown, and where else it goes.</summary>
internal sealed record OutputSettings
{
    public required OutputMode Mode { get; init; }

    /// <summary>What is asked of gathered output; the defaults where there is none.</summary>
    public required GatherOptions Gather { get; init; }

    /// <summary>What of the output is held back until it can be shown.</summary>
    public required HeldOutputKind Holds { get; init; }

    /// <summary>Whether the length of a line that is not complete is limited.</summary>
    public required bool LimitsLines { get; init; }

    /// <summary>The most bytes that a host may print; null for no limit.</summary>
    public required long? Limit { get; init; }

    /// <summary>The directory that gets a file for each node's output, if there is one.</summary>
    public required string? Folder { get; init; }

    /// <summary>Whether files that are in that directory already are written over.</summary>
    public required bool Overwrites { get; init; }

    /// <summary>The file that gets the summary, if there is one.</summary>
    public required string? ReportFile { get; init; }

    /// <summary>Whether lines and blocks say which node they are of.</summary>
    public required bool HasLabels { get; init; }

    public required bool StdoutHasColors { get; init; }

    public required bool StderrHasColors { get; init; }

    /// <summary>Whether the terminal can show more than ASCII.</summary>
    public required bool TerminalIsUnicode { get; init; }

    public required bool ShowsProgress { get; init; }

    public required bool ShowsSummary { get; init; }
}

/// <summary>What an output holds back.</summary>
internal enum HeldOutputKind
{
    /// <summary>Nothing of any length.</summary>
    Nothing,

    /// <summary>Lines that are not complete.</summary>
    Lines,

    /// <summary>All that a node prints, at least until it ends.</summary>
    Everything,
}

/// <summary>How output is shown.</summary>
internal enum OutputMode
{
    /// <summary>A block for each node, when it finishes.</summary>
    Normal,

    /// <summary>Line by line, as it comes.</summary>
    Stream,

    /// <summary>Equal results once, at the end.</summary>
    Gather,

    /// <summary>An object a line for each thing that happens.</summary>
    Json,

    /// <summary>A screen to look around in, until the user leaves it.</summary>
    Tui,
}
