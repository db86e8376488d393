using System.ComponentModel;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// Ends the masters of a run that can't do it itself any more, because it was killed. A master without clients ends itself, but
/// not while a command runs whose channel it can't close: sshd does that only once the command has ended.
/// </summary>
internal sealed class MasterGuard
{
    // Its input ends when we do, whatever ended us. -O needs a host to be named. Who does not answer then has crashed, and left its socket.
    private const string Script = """
        read -r _
        for s in "$0"*; do
            [ -S "$s" ] || continue
            "$1" -F none -S "$s" -O exit -- x
            "$1" -F none -S "$s" -O check -- x || rm -f -- "$s"
        done >/dev/null 2>&1
        """;

    private readonly ChildProcess? _shell;

    /// <param name="prefix">What the paths of the run's sockets begin with, and no others.</param>
    /// <param name="program">The ssh program.</param>
    public MasterGuard(string prefix, string program)
    {
        try
        {
            _shell = ChildProcess.Start(["/bin/sh", "-c", Script, prefix, program], ChildProcess.InheritedEnvironment(), pipeInput: true);
        }
        catch (Win32Exception)
        {
            // Then masters may live as long as the commands on them.
        }
    }

    /// <summary>The run is over.</summary>
    /// <param name="goesOn">Whether there is a master that did not hear us, which is left to it.</param>
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
