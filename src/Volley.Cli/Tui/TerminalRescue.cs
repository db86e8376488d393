using System.Text;
using Microsoft.Win32.SafeHandles;
using Volley.Cli.Terminal;

namespace Volley.Cli.Tui;

/// <summary>Remembers how the terminal was set, and gives it back when the program ends in a way that nobody foresaw.</summary>
internal sealed class TerminalRescue : IDisposable
{
    // The usual screen, the cursor, no mouse reports, no bracketed paste, the usual keys, no colours: xterm's control sequences.
    private static ReadOnlySpan<byte> Reset => "\e[?1049l\e[?25h\e[?1000l\e[?1002l\e[?1003l\e[?1006l\e[?2004l\e[<u\e[0m"u8;

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

    /// <summary>Writes a control sequence to the terminal.</summary>
    public void Write(string sequence)
    {
        if (_terminal is not null)
            Posix.WriteAll(_terminal, Encoding.ASCII.GetBytes(sequence));
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        _terminal?.Dispose();
    }

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs e) => Restore();
}
