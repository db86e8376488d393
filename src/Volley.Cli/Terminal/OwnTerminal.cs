using System.Runtime.InteropServices;
using Volley.Interop;

namespace Volley.Cli.Terminal;

/// <summary>The size of the terminal that the program runs on.</summary>
internal static class OwnTerminal
{
    /// <summary>Resizes a pseudo-terminal to the size of the program's terminal, as far as it is known.</summary>
    public static void Fit(PseudoTerminal terminal)
    {
        var (columns, rows) = terminal.Size;
        terminal.Resize(Size(TerminalCalls.Columns) ?? columns, Size(TerminalCalls.Lines) ?? rows);
    }

    /// <summary>Keeps a pseudo-terminal at the size of the program's terminal until the result is disposed. Returns null if there is none.</summary>
    public static IDisposable? Follow(PseudoTerminal? terminal)
    {
        if (terminal is null)
            return null;
        var following = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Fit(terminal));
        // The size can have changed since the pseudo-terminal was created, for instance during a password prompt.
        Fit(terminal);
        return following;
    }

    /// <summary>Queries standard output, standard error and standard input in turn, until one of them is a terminal with a known size.</summary>
    private static int? Size(Func<int, int?> of) => of(1) ?? of(2) ?? of(0);
}
