using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Volley.Cli.Rendering.Gathering;
using Volley.Transports;
using Volley.Transports.OpenSsh;

namespace Volley.Cli;

/// <summary>All that a run needs to know: what the command line, the environment and the terminal came to. Nothing is parsed or looked up after it.</summary>
internal sealed record RunSettings
{
    public required RunPlan Plan { get; init; }

    public required TransportChoice Transport { get; init; }

    /// <summary>How a transport over SSH connects, whoever speaks SSH.</summary>
    public required OpenSshOptions Ssh { get; init; }

    /// <summary>Asks for the passphrase of a key, given its path and whether it was asked before; null where nobody can be asked.</summary>
    public required Func<string, bool, byte[]?> AskPassphrase { get; init; }

    /// <summary>How often connecting is tried again.</summary>
    public required PacedTransportOptions Pacing { get; init; }

    public required OutputMode Output { get; init; }

    /// <summary>What is asked of output <c>gather</c>; the defaults where it is not the one.</summary>
    public required GatherOptions Gather { get; init; }

    /// <summary>What of the output is held back until it can be shown.</summary>
    public required HeldOutputKind Holds { get; init; }

    /// <summary>Whether a line that is not complete may only become so long.</summary>
    public required bool LimitsLines { get; init; }

    /// <summary>The folder that gets a file for each node's output, if there is one.</summary>
    public required string? OutputFolder { get; init; }

    /// <summary>Whether files that are in that folder already are written over.</summary>
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

    /// <summary>The lowest level of the library's log that is shown.</summary>
    public required LogLevel Verbosity { get; init; }

    /// <summary>Whether the first Ctrl+C ends the run.</summary>
    public required bool IsBatch { get; init; }

    public required ExitCodeStrategy Strategy { get; init; }

    /// <summary>Whether the job can run again at a target: not if its input could be read only once.</summary>
    public required bool CanRepeat { get; init; }

    /// <summary>What may be wrong with the identities, for a run in which a login fails; null if nothing is.</summary>
    public required string? LoginHint { get; init; }

    /// <summary>Lines for standard error that are printed before the run begins.</summary>
    public required ImmutableArray<string> Notes { get; init; }
}

/// <summary>How a host is reached.</summary>
internal enum TransportChoice
{
    /// <summary>The best way that serves the target as <c>ssh HOST</c> would.</summary>
    Auto,

    /// <summary>The system's ssh.</summary>
    OpenSsh,

    /// <summary>SSH in our own process.</summary>
    Native,

    /// <summary>A local process for each target.</summary>
    Exec,
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
