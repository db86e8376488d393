using System.Globalization;

namespace Volley.Supervision;

/// <summary>The program that supervises commands at a target, for a POSIX sh and Linux's /proc. Nothing is installed or stored there.</summary>
/// <remarks>
/// Each line of its input is a heartbeat: <c>b</c> and the marks of the commands that run. <c>k</c> and a mark ends a command; <c>q</c> ends the supervisor
/// alone. A shell whose read has no time limit (dash) has a sleep as a second process, whose end interrupts read. The program has no percent signs,
/// which are special in the arguments of local processes.
/// </remarks>
internal static class SupervisorScript
{
    /// <summary>What the program prints once it supervises.</summary>
    public const string Ready = "volley: supervising";

    /// <summary>What it prints where processes can't be found.</summary>
    public const string Unable = "volley: no /proc";

    private const string Text = """
        limit=$1 grace=$2 marks= sleeper=
        trap '' HUP INT TERM
        self=$(VOLLEY_PROBE=1 grep -lszxF VOLLEY_PROBE=1 /proc/self/environ 2>/dev/null)
        { read -r stat </proc/self/stat && tr '\0' x </proc/self/environ >/dev/null; } 2>/dev/null || { echo 'volley: no /proc'; exit 1; }

        # Prints the names of the environments with a mark.
        find_marked() {
            for mark in $marks; do
                if [ "$self" ]; then
                    grep -lszxF "VOLLEY_SUPERVISED_$mark=1" /proc/[0-9]*/environ
                else
                    for file in /proc/[0-9]*/environ; do
                        { tr '\0' '\n' <"$file" | grep -qxF "VOLLEY_SUPERVISED_$mark=1"; } 2>/dev/null && echo "$file"
                    done
                fi
            done
        }

        # Sets pids: the marked processes, all of their sessions, and all descendants.
        find_all() {
            pids=' ' sessions=' '
            for file in $(find_marked); do
                read_process "${file#/proc/}" || continue
                pids="$pids$pid " sessions="$sessions$session "
            done
            [ "$pids" != ' ' ] || return
            more=1
            while [ "$more" ]; do
                more=
                for file in /proc/[0-9]*/stat; do
                    read_process "${file#/proc/}" || continue
                    case $pids in *" $pid "*) continue;; esac
                    case $pids in
                        *" $parent "*) ;;
                        *) case $sessions in *" $session "*) ;; *) continue;; esac;;
                    esac
                    pids="$pids$pid " more=1
                done
            done
        }

        # Reads the process of a path below /proc into: pid, parent, session.
        read_process() {
            old=$IFS IFS=/
            set -- $1
            IFS=$old pid=$1
            [ "$pid" != $$ ] && { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1
            set -- ${stat##*) }
            parent=$2 session=$4
            case $1 in Z | X) return 1;; esac
        }

        # TERM, and two seconds later KILL, until no process is left.
        end_all() {
            tries=0
            while find_all; [ "$pids" != ' ' ] && [ $tries -lt 50 ]; do
                if [ $tries -eq 0 ]; then
                    kill -s TERM $pids; kill -s CONT $pids
                elif [ $tries -ge 10 ]; then
                    kill -s KILL $pids
                fi 2>/dev/null
                tries=$((tries + 1))
                sleep 0.2 2>/dev/null || { sleep 1; tries=$((tries + 4)); }
            done
        }

        stop_timer() {
            [ -z "$sleeper" ] || { kill -s KILL "$sleeper"; wait "$sleeper"; } 2>/dev/null
            sleeper= expired=
        }

        read_uptime() { IFS=. read -r up rest </proc/uptime; }

        # Ends the commands: at once after the time without a heartbeat, else after the grace.
        lost() {
            trap - CHLD
            [ "$1" ] || sleep "$grace"
            stop_timer
            end_all
            exit
        }

        (eval 'read -t 1 -r kind') </dev/null 2>/dev/null
        [ $? -le 1 ] && waits=1 || waits=
        echo 'volley: supervising'
        while :; do
            if [ "$waits" ]; then
                read_uptime; began=$up
                read -t "$limit" -r kind rest || {
                    read_uptime
                    [ $((up - began)) -lt "$limit" ] && lost || lost now
                }
            else
                stop_timer
                trap 'expired=1' CHLD
                sleep "$limit" >/dev/null 2>&1 &
                sleeper=$!
                read -r kind rest || lost "$expired"
                [ -z "$expired" ] || lost now
                trap : CHLD
            fi
            case $kind in
                b) marks=$rest;;
                k) all=$marks marks=$rest; end_all; marks=$all;;
                q) stop_timer; exit;;
            esac
        done
        """;

    /// <summary>Returns the supervisor's command. Its input is open.</summary>
    public static CommandJob Create(SupervisionSettings settings) =>
        CommandJob.Program("sh", "-c", Text, "volley-supervisor", Seconds(settings.HeartbeatLimit), Seconds(settings.CloseGrace)) with
        {
            Input = StandardInput.FromStream(Stream.Null),
        };

    private static string Seconds(TimeSpan time) => ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
