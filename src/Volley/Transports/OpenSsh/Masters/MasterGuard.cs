using System.ComponentModel;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// Ends the masters of a run that was killed and can't end them itself. A master without clients ends itself, but not while a command
/// runs whose channel it can't close: sshd closes it only once the command has ended.
/// </summary>
internal sealed class MasterGuard
{
    // The input of the script ends with this process, however it ends. -O requires a host argument. A master that does not answer the check
    // has crashed and left its socket.
    private const string Script = """
        read -r _
        for s in "$0"*; do
            [ -S "$s" ] || continue
            "$1" -F none -S "$s" -O exit -- x
            "$1" -F none -S "$s" -O check -- x || rm -f -- "$s"
        done >/dev/null 2>&1
        """;

    private readonly ChildProcess? _shell;

    /// <summary>Starts the guard.</summary>
    /// <param name="prefix">The prefix of the run's sockets, and of no others.</param>
    /// <param name="program">The ssh program.</param>
    public MasterGuard(string prefix, string program)
    {
        try
        {
            _shell = ChildProcess.Start(["/bin/sh", "-c", Script, prefix, program], ChildProcess.InheritedEnvironment(), pipeInput: true);
        }
        catch (Win32Exception)
        {
            // Without the guard, masters may live as long as the commands on them.
        }
    }

    /// <summary>Stops the guard at the end of the run.</summary>
    /// <param name="goesOn">Whether a master did not respond, and is left to the guard.</param>
    public async ValueTask DisposeAsync(bool goesOn)
    {
        if (_shell is null)
            return;
        if (goesOn)
            _shell.CloseInput();
        else
            await _shell.DisposeAsync().ConfigureAwait(false);
    }
}
