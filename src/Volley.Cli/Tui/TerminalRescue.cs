using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Cli.Terminal;

namespace Volley.Cli.Tui;

/// <summary>Remembers how the terminal was set, and gives it back when the program ends in a way that nobody foresaw.</summary>
internal sealed class TerminalRescue : IDisposable
{
    // The usual screen, the cursor, no mouse reports, no bracketed paste, the usual keys, no colours: xterm's control sequences.
    private static ReadOnlySpan<byte> Reset => "\e[?1049l\e[?25h\e[?1000l\e[?1002l\e[?1003l\e[?1006l\e[?2004l\e[<u\e[0m"u8;

    // What Terminal.Gui sets when it begins: the alternate screen, no cursor, mouse reports.
    private static ReadOnlySpan<byte> Set => "\e[?1049h\e[?25l\e[?1003h\e[?1006h"u8;

    private readonly SafeFileHandle? _terminal = Posix.OpenTerminal();
    private readonly byte[] _state = new byte[Posix.TerminalStateSize];
    private readonly bool _hasState;

    public TerminalRescue()
    {
        _hasState = _terminal is not null && Posix.GetTerminalState(_terminal, _state);
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
    }

    /// <summary>Sets the terminal as it was, whatever it is now.</summary>
    public void Restore()
    {
        if (!_hasState || _terminal is null or { IsClosed: true })
            return;
        Posix.WriteAll(_terminal, Reset);
        Posix.SetTerminalState(_terminal, _state);
    }

    /// <summary>Whether the terminal was closed.</summary>
    public bool IsGone => _hasState && !Posix.GetTerminalState(_terminal!, new byte[Posix.TerminalStateSize]);

    /// <summary>
    /// Gives the terminal to the shell and stops the program, as Ctrl+Z does, until the shell continues it. Terminal.Gui can do
    /// that too, but does not wait for the stop, so it may take the terminal back before it, and leaves mouse reports on.
    /// </summary>
    public void Suspend()
    {
        var taken = new byte[Posix.TerminalStateSize];
        if (OperatingSystem.IsWindows() || !_hasState || !Posix.GetTerminalState(_terminal!, taken))
            return;
        using var continued = new ManualResetEventSlim();
        using (PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => continued.Set()))
        {
            Restore();
            Posix.StopGroup();
            continued.Wait();
        }

        Posix.SetTerminalState(_terminal!, taken);
        Posix.WriteAll(_terminal!, Set);
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        _terminal?.Dispose();
    }

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs e) => Restore();
}
