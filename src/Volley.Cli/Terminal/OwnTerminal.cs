using System.Runtime.InteropServices;

namespace Volley.Cli.Terminal;

/// <summary>The size of the terminal that we run on.</summary>
internal static class OwnTerminal
{
    /// <summary>Makes a terminal for commands as large as ours, as far as that is known.</summary>
    public static void Fit(PseudoTerminal terminal)
    {
        var (columns, rows) = terminal.Size;
        terminal.Resize(Size(Posix.Columns) ?? columns, Size(Posix.Lines) ?? rows);
    }

    /// <summary>Keeps it as large as ours until the result is disposed; null for no terminal.</summary>
    public static IDisposable? Follow(PseudoTerminal? terminal)
    {
        if (terminal is null || !OperatingSystem.IsLinux())
            return null;
        var following = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Fit(terminal));
        // It may have changed since it was measured: somebody may have been asked for a password meanwhile.
        Fit(terminal);
        return following;
    }

    /// <summary>Whichever of the three is a terminal.</summary>
    private static int? Size(Func<int, int?> of) => of(1) ?? of(2) ?? of(0);
}
