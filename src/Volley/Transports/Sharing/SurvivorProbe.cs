using System.Globalization;
using System.Text;
using Volley.Ssh;

namespace Volley.Transports.Sharing;

/// <summary>
/// Looks for processes that an ended command left behind, with a second command on the same connection. SSH itself reports only the
/// end of the command's leader.
/// </summary>
/// <remarks>
/// Servers set SSH_CONNECTION in the environment, and every process of the connection inherits it, even one in a session of its own.
/// The probe ignores zombies, processes that are older than the command, and processes of commands that still run. If the server has
/// no /proc or forces a command, nothing is confirmed. A process whose environment can't be read (another user's, such as sudo's) is
/// not found.
/// </remarks>
internal static class SurvivorProbe
{
    private const string NothingLeft = "volley: nothing left after ";

    /// <summary>The largest number of probes for one check. A further one follows only where the last one began too late.</summary>
    private const int MaxProbes = 3;

    /// <summary>The age and the start times are rounded to whole seconds.</summary>
    private const long MinDelay = 2;

    /// <summary>The largest amount of output to read, which includes what the shell's start-up files print.</summary>
    private const int MaxOutput = 64 << 10;

    /// <summary>The probe, for a POSIX sh. The age in seconds and the number of tries are assigned before it.</summary>
    private const string Script = """
        hertz=$(getconf CLK_TCK 2>/dev/null || echo 100)
        find_ours() { grep -lszxF "SSH_CONNECTION=$SSH_CONNECTION" "$@"; }
        # Reads a process into: state, parent, session, start.
        examine() {
            read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
            set -- ${stat##*) }
            state=$1 parent=$2 session=$4 start=${20}
            [ "$state" != Z ]
        }
        # A command that still runs is a child of the server's process, as this shell is.
        is_of_living_command() {
            examine "$session" && [ "$parent" = $PPID ] && return
            process=$1
            while examine "$process"; do
                [ "$parent" = $PPID ] && return
                [ "$parent" -gt 1 ] || return
                process=$parent
            done
            return 1
        }
        has_left() {
            for file in $(find_ours /proc/[0-9]*/environ); do
                file=${file%/environ}
                examine "${file#/proc/}" || continue
                [ $((start / hertz)) -lt $since ] && continue
                is_of_living_command "${file#/proc/}" || return 0
            done
            return 1
        }
        case $SSH_CONNECTION in '' | UNKNOWN*) exit ;; esac
        find_ours "/proc/$$/environ" >/dev/null || exit
        read -r up rest </proc/uptime
        since=$((${up%.*} - age))
        while has_left; do
            tries=$((tries - 1))
            [ $tries -ge 0 ] || { echo 'volley: left'; exit; }
            sleep 0.1 2>/dev/null || sleep 1
        done
        began=${up%.*}
        read -r up rest </proc/uptime
        echo "volley: nothing left after $((${up%.*} - began))"

        """;

    /// <summary>Returns true once no process is left; false if one is left, or if this can't be determined.</summary>
    /// <param name="connection">The command's connection.</param>
    /// <param name="began">When the command was started: <see cref="Environment.TickCount64"/>.</param>
    /// <param name="wait">How long to wait for remaining processes to end.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async Task<bool> ConfirmAsync(SharedConnection connection, long began, TimeSpan wait, CancellationToken cancellationToken)
    {
        var delay = MinDelay;
        for (var probes = 0; probes < MaxProbes; probes++)
        {
            var asked = Environment.TickCount64;
            if (await ProbeAsync(connection, ((asked - began) / 1000) + delay, wait, cancellationToken).ConfigureAwait(false) is not { } waited)
                return false;
            // A probe that begins later than it was allowed for takes the command's processes for older ones.
            var late = ((Environment.TickCount64 - asked) / 1000) - waited;
            if (late < delay)
                return true;
            delay = MinDelay + (2 * late);
        }

        return false;
    }

    /// <summary>Returns for how many seconds the probe has waited until no process was left; null if one is left, or if this can't be determined.</summary>
    /// <param name="connection">The command's connection.</param>
    /// <param name="age">The greatest age of the command's processes when the probe begins, in seconds.</param>
    /// <param name="wait">How long to wait for remaining processes to end.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    private static async Task<long?> ProbeAsync(SharedConnection connection, long age, TimeSpan wait, CancellationToken cancellationToken)
    {
        // Tries are 0.1 s apart.
        var script = string.Create(CultureInfo.InvariantCulture, $"age={age} tries={(int)Math.Ceiling(wait.TotalSeconds * 10)}\n{Script}");
        try
        {
            var limit = new ConnectLimit(Timeout.InfiniteTimeSpan, TimeProvider.System);
            var channel = await connection.OpenSessionAsync(limit, cancellationToken).ConfigureAwait(false);
            var process = new ChannelProcess(connection, channel, terminal: null);
            await using var disposing = process.ConfigureAwait(false);
            // The script is sent as input, because login shells differ in quoting. Everything is sent at once, without waiting for answers.
            var starting = channel.ExecAsync("exec sh -s", cancellationToken: cancellationToken);
            await channel.WriteAsync(Encoding.ASCII.GetBytes(script), cancellationToken).ConfigureAwait(false);
            await channel.SendEofAsync(cancellationToken).ConfigureAwait(false);
            await starting.ConfigureAwait(false);
            var output = (await ReadAsync(channel, cancellationToken).ConfigureAwait(false)).TrimEnd('\n');
            var last = output[(output.LastIndexOf('\n') + 1)..];
            return last.LastIndexOf(NothingLeft, StringComparison.Ordinal) is >= 0 and var at
                && long.TryParse(last.AsSpan(at + NothingLeft.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var waited)
                ? waited
                : null;
        }
        catch (Exception failure) when (failure is SshException or TransportException)
        {
            return null;
        }
    }

    private static async Task<string> ReadAsync(SshChannel channel, CancellationToken cancellationToken)
    {
        var output = new byte[MaxOutput];
        var length = 0;
        while (length < output.Length
            && await channel.ReadAsync(output.AsMemory(length), cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
        {
            if (read.Stream == SshStreamKind.Stdout)
                length += read.Count;
        }

        return Encoding.ASCII.GetString(output, 0, length);
    }
}
