using System.Globalization;
using Volley.Transfers;

namespace Volley.Elevation;

/// <summary>
/// The processes of an elevated command, which the user who logs in can't signal. Another elevated command finds them by the mark in their
/// environment, and those that have changed it as descendants of the others: also outside of the session and the terminal that sudo may give them.
/// </summary>
/// <param name="session">The session of the command.</param>
/// <param name="command">The command.</param>
/// <param name="mark">The mark of its processes.</param>
internal sealed class ElevatedTree(ElevatedSession session, CommandJob command, string mark)
{
    private const string NothingLeft = "volley: nothing left";

    // $1 the mark, $2 a signal, or empty to wait for the end, $3 the number of tries, 0.1 s apart. The first check is whether marks can be found.
    private const string Script = """
        find_marked() { grep -lszxF "VOLLEY_ELEVATED=$1" /proc/[0-9]*/environ | tr -dc '0-9\n' | tr '\n' ' '; }
        find_all() {
        cat /proc/[0-9]*/stat 2>/dev/null | awk -v marked="$(find_marked "$1")" '
        { p = $1; sub(/.*\) /, ""); if ($1 !~ /[ZX]/) parent[p] = $2 }
        END {
        n = split(marked, found, " "); for (i = 1; i <= n; i++) ours[found[i]] = 1
        do { more = 0; for (p in parent) if (!(p in ours) && (parent[p] in ours)) { ours[p] = 1; more = 1 } } while (more)
        for (p in ours) if (p in parent) print p }'
        }
        case " $(find_marked "$VOLLEY_ELEVATED")" in *" $$ "*) ;; *) echo 'volley: no marks'; exit 1;; esac
        n=$3
        while all=$(find_all "$1"); [ -n "$all" ]; do
        [ -z "$2" ] || kill -s "$2" $all 2>/dev/null
        [ "$2" != TERM ] || exit 0
        n=$((n - 1)); [ "$n" -ge 0 ] || { echo 'volley: left'; exit 1; }
        sleep 0.1 2>/dev/null || sleep 1
        done
        echo 'volley: nothing left'
        """;

    /// <summary>The number of times that processes are killed: they may start others meanwhile.</summary>
    private const int KillTries = 5;

    /// <summary>Sends a signal to all processes.</summary>
    /// <exception cref="TransportException">The command that sends it can't be started.</exception>
    public async Task SendSignalAsync(string signal)
    {
        var (status, output) = await RunAsync(signal, KillTries, CancellationToken.None).ConfigureAwait(false);
        if (status.ExitCode != 0)
            throw new NotSupportedException($"no process could be signaled: {output}");
    }

    /// <summary>Waits until no process is left.</summary>
    /// <returns>False if one is left, or if this can't be determined.</returns>
    public async Task<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var (_, output) = await RunAsync("", (int)Math.Ceiling(wait.TotalSeconds * 10), cancellationToken).ConfigureAwait(false);
        return output.TrimEnd().EndsWith(NothingLeft, StringComparison.Ordinal);
    }

    private async Task<(ExitStatus Status, string Output)> RunAsync(string signal, int tries, CancellationToken cancellationToken)
    {
        var run = session.Run;
        var job = CommandJob.Program("sh", "-c", Script, "sh", mark, signal, tries.ToString(CultureInfo.InvariantCulture)) with
        {
            Terminal = command.Terminal is null ? null : new PseudoTerminal(),
        };
        // The session of the command may be the only one that its connection allows.
        var other = await run.Inner.ConnectAsync(session.Target, cancellationToken).ConfigureAwait(false);
        var elevated = new ElevatedSession(other, session.Target, run) { NeedsPassword = session.NeedsPassword };
        await using var disposing = elevated.ConfigureAwait(false);
        await elevated.WaitForTurnAsync(cancellationToken).ConfigureAwait(false);
        var (status, output, _) = await RemoteCommand.RunAsync(elevated, job, input: null, cancellationToken).ConfigureAwait(false);
        return (status, output);
    }
}
