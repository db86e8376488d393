using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Cli.Tui;

/// <summary>Saves the terminal state, and restores it if the program ends with an unhandled exception.</summary>
internal sealed class TerminalRescue : IDisposable
{
    // xterm control sequences: primary screen, visible cursor, no mouse reports, no bracketed paste, normal keys, no colors.
    private static ReadOnlySpan<byte> Reset => "\e[?1049l\e[?25h\e[?1000l\e[?1002l\e[?1003l\e[?1006l\e[?2004l\e[<u\e[0m"u8;

    // The modes that Terminal.Gui sets at its start: alternate screen, hidden cursor, mouse reports.
    private static ReadOnlySpan<byte> Set => "\e[?1049h\e[?25l\e[?1003h\e[?1006h"u8;

    private readonly SafeFileHandle? _terminal = TerminalCalls.OpenControlling();
    private readonly TerminalState? _state;

    public TerminalRescue()
    {
        _state = _terminal is null ? null : TerminalState.Of(_terminal);
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
    }

    /// <summary>Restores the saved terminal state.</summary>
    public void Restore()
    {
        if (_state is null || _terminal is null or { IsClosed: true })
            return;
        _ = Descriptor.Write(_terminal, Reset);
        _state.Apply(_terminal);
    }

    /// <summary>Whether the terminal was closed.</summary>
    public bool IsGone => _state is not null && TerminalState.Of(_terminal!) is null;

    /// <summary>
    /// Restores the terminal and stops the program, as Ctrl+Z does, until the shell continues it. Terminal.Gui's own suspend does not wait
    /// for the stop: it can take the terminal back too early, and it leaves mouse reports on.
    /// </summary>
    public void Suspend()
    {
        if (_state is null || TerminalState.Of(_terminal!) is not { } taken)
            return;
        using var continued = new ManualResetEventSlim();
        using (PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => continued.Set()))
        {
            Restore();
            _ = SignalCalls.Send(0, SignalCalls.TerminalStop);
            continued.Wait();
        }

        taken.Apply(_terminal!);
        _ = Descriptor.Write(_terminal!, Set);
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        _terminal?.Dispose();
    }

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs e) => Restore();
}
