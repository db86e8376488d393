namespace Volley.Cli.Tests;

/// <summary>What the program's streams are, and how a Ctrl+C comes to it.</summary>
public enum StopSeat
{
    /// <summary>Three pipes and no terminal; SIGINT to the program alone.</summary>
    Pipes,

    /// <summary>Everything on a terminal; a typed Ctrl+C, which the kernel sends to the whole foreground group.</summary>
    Typed,

    /// <summary>Everything on a terminal; SIGINT to the program alone.</summary>
    Signaled,

    /// <summary>A terminal, but standard output is a pipe; a typed Ctrl+C.</summary>
    TypedPipe,
}
