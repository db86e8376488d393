using System.Collections.Immutable;
using Volley.Cli.Output;
using Volley.Cli.Output.Gathering;
using Volley.Cli.Output.Reports;

namespace Volley.Cli.Run;

/// <summary>Where and how a run shows its output.</summary>
internal sealed record OutputSettings
{
    public required OutputModes Modes { get; init; }

    /// <summary>The options of gathered output.</summary>
    public required GatherOptions Gather { get; init; }

    /// <summary>The kind of output that is buffered until it can be shown.</summary>
    public required BufferedOutput Buffers { get; init; }

    /// <summary>Whether the length of an incomplete line is limited.</summary>
    public required bool LimitsLines { get; init; }

    /// <summary>The largest number of bytes that a host may print; null for no limit.</summary>
    public required long? Limit { get; init; }

    /// <summary>The directory for a file with each node's output; null if there is none.</summary>
    public required string? Directory { get; init; }

    /// <summary>Whether existing files in that directory are overwritten.</summary>
    public required bool Overwrites { get; init; }

    /// <summary>The reports to write at the end.</summary>
    public required ImmutableArray<ReportRequest> Reports { get; init; }

    /// <summary>Whether lines and blocks carry the name of their node.</summary>
    public required bool HasLabels { get; init; }

    public required bool StdoutHasColors { get; init; }

    public required bool StderrHasColors { get; init; }

    /// <summary>Whether the terminal can show more than ASCII.</summary>
    public required bool TerminalIsUnicode { get; init; }

    public required bool ShowsProgress { get; init; }

    public required bool ShowsSummary { get; init; }
}

/// <summary>The kind of output that an output mode buffers.</summary>
internal enum BufferedOutput
{
    /// <summary>Nothing of significant size.</summary>
    Nothing,

    /// <summary>Incomplete lines.</summary>
    Lines,

    /// <summary>The whole output of a node, at least until the node ends.</summary>
    Everything,
}
