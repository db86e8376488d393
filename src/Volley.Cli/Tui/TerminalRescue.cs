using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Cli.Terminal;

namespace Volley.Cli.Tui;

/// <summary>Saves the terminal state, and restores it if the program ends with an unhandled exception.</summary>
internal sealed class TerminalRescue : IDisposable
{
    // xterm control sequences: primary screen, visible cursor, no mouse reports, no bracketed paste, normal keys, no colors.
    private static ReadOnlySpan<byte> Reset => "\e[?1049l\e[?25h\e[?1000l\e[?1002l\e[?1003l\e[?1006l\e[?2004l\e[<u\e[0m"u8;

    // The modes that Terminal.Gui sets at its start: alternate screen, hidden cursor, mouse reports.
    private static ReadOnlySpan<byte> Set => "\e[?1049h\e[?25l\e[?1003h\e[?1006h"u8;

    private readonly SafeFileHandle? _terminal = Posix.OpenTerminal();
    private readonly byte[] _state = new byte[Posix.TerminalStateSize];
    private readonly bool _hasState;

    public TerminalRescue()
    {
        _hasState = _terminal is not null && Posix.GetTerminalState(_terminal, _state);
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
    }

    /// <summary>Restores the saved terminal state.</summary>
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
    /// Restores the terminal and stops the program, as Ctrl+Z does, until the shell continues it. Terminal.Gui's own suspend does not wait
    /// for the stop: it can take the terminal back too early, and it leaves mouse reports on.
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
