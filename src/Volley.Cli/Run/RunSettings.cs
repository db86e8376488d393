using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Volley.Transports;
using Volley.Transports.OpenSsh;

namespace Volley.Cli.Run;

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

    public required OutputSettings Output { get; init; }

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
