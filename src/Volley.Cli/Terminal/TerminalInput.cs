using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Cli.Terminal;

/// <summary>
/// The terminal while a question is open on it. The echo is on again while the program is stopped (Ctrl+Z). When it continues, the question is printed
/// again, since a shell may have reset the terminal and a half-typed line is lost.
/// </summary>
internal sealed class TerminalInput : IDisposable
{
    private readonly SafeFileHandle _terminal;
    private readonly TerminalState _shown;
    private readonly TerminalState _asking;
    private readonly byte[] _question;
    private readonly PosixSignalRegistration _stopping;
    private readonly PosixSignalRegistration _continuing;
    private readonly Lock _lock = new();
    private bool _isOver;

    /// <summary>Prints a question.</summary>
    /// <param name="terminal">The terminal.</param>
    /// <param name="shown">Its settings.</param>
    /// <param name="question">The question, without harmful characters.</param>
    /// <param name="isHidden">Whether what is typed is not shown.</param>
    public TerminalInput(SafeFileHandle terminal, TerminalState shown, string question, bool isHidden)
    {
        (_terminal, _shown, _question) = (terminal, shown, Encoding.UTF8.GetBytes(question));
        _asking = isHidden ? shown.With(set: TerminalState.EchoNewline, cleared: TerminalState.Echo) : shown;
        _stopping = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Stop);
        _continuing = PosixSignalRegistration.Create(PosixSignal.SIGCONT, Continue);
        Print();
    }

    /// <summary>Restores the settings of the terminal.</summary>
    public void Dispose()
    {
        Restore();
        _stopping.Dispose();
        _continuing.Dispose();
    }

    /// <summary>Restores the settings of the terminal from a handler of a signal, which ends the program.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            if (!_isOver)
                _shown.Apply(_terminal);
            _isOver = true;
        }
    }

    private void Print()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            _asking.Apply(_terminal);
            _ = Descriptor.Write(_terminal, _question);
        }
    }

    private void Continue(PosixSignalContext context)
    {
        // The runtime would set up the terminal after this.
        context.Cancel = true;
        Print();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (!_isOver)
                _shown.Apply(_terminal);
            // Other handlers of the signal may be registered, which would keep it from stopping the program.
            _ = SignalCalls.Send(Environment.ProcessId, SignalCalls.Stop);
        }
    }
}
