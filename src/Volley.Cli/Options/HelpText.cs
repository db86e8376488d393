using System.Text;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Options;

/// <summary>The text of --help, generated from the options.</summary>
internal static class HelpText
{
    private const int NameColumn = 34;

    public static string For(RunOptions options)
    {
        var text = new StringBuilder("""
            volley: run a command on many hosts at once over SSH

            Usage:
              volley [run] [OPTIONS] [--] COMMAND…   run a command
              volley ping [OPTIONS]                  connect and log in only; exit with 0 if all hosts were reached, 1 if some, 255 if none
              volley connect [OPTIONS]               log in, answer what the hosts ask, and keep the connections open for later runs (24h, or --keep)
              volley push [OPTIONS] FILE… DEST       copy files and directories to the hosts
              volley sync [OPTIONS] SOURCE DEST      copy only what differs from SOURCE
              volley pull [OPTIONS] SRC… DIR         copy files from the hosts to DIR/HOST/
              volley pull -g [OPTIONS] SRC…          show equal files once, and how the others differ
              volley connections [--close [HOSTS]]   list or close the connections that --keep left open
              volley keys scan|changed -H HOSTS      show the hosts' keys, or only those that differ from known_hosts
              volley keys pin -H HOSTS               record the keys of hosts that known_hosts does not have
              volley keys remove -H HOSTS [--yes]    remove keys from known_hosts that the hosts do not have any more, or all
              volley keys push KEY.pub [OPTIONS]     authorize a public key for the user at the hosts; keys remove KEY.pub takes it back
              volley list [--json] [SOURCE…]         list clusters and groups with their sizes, and the sources that they come from
              volley hosts [-e|-f|-c] [EXPR…]        expand (separated by -S TEXT), fold or count hosts; without EXPR those of standard input
              volley config [check] [OPTIONS]        print the values in force and where each comes from; check the configuration files
              volley history [--json] [TEXT…]        list earlier runs: --host HOST, --outcome ok|failed|running|killed, --since and --until TIME, -n N
              volley show [RUN] [--output MODE]      describe a run, or show its output again in any mode; RUN is a number, an id or last
              volley grep [-i] [-F] PATTERN [RUN…]   print the lines of output that match a regular expression
              volley diff [--json] RUN RUN           show the hosts whose result or output differs
              volley rm RUN…                         remove runs from the journal
              volley retry [RUN] [OPTIONS]           repeat a run on the hosts that failed; --include-running also where the command may still run
              volley resume [RUN] [OPTIONS]          run on the hosts that the run never started; --again though a later run has continued it
              volley reboot [OPTIONS]                reboot hosts in batches, one of them first; wait until each is up again
              volley wait-for [OPTIONS] [COMMAND]    wait until hosts can be logged in to, or until COMMAND succeeds there; --timeout
              volley relay --group NAME [OPTIONS]    run commands on hosts near this machine for --via; see volley relay --help
              volley relays|runs [--json]            list the relays of --server, or the runs that they carry out
              volley attach RUN [OPTIONS]            continue a run of relays: the output that is left, the summary and the exit code
              volley clush --copy|--rcopy …          copy with the options of clush
              volley pdsh …, pdcp …, rpdcp …, dshbak …   act as pdsh, as its copy programs, or as its output filter
              volley completion bash|zsh|fish        print a completion script

            Options end at the first argument of the command, or at --. Configuration files and variables set options, too (VOLLEY_PARALLEL=9
            for --parallel 9). --no-NAME sets an option back to its default (--no-keep), and so do --prefix, --preserve and --reuse.

            """);
        foreach (var group in options.Groups)
            AppendGroup(text, group);

        text.AppendLine();
        return text.Append("""
            Examples:
              volley -H 'web[1-8]' uptime
              volley -H 'rack[1-2]-n[01-10]' -x rack1-n07 -l root 'dmesg | tail -3'
              volley -H ^hosts.txt --parallel 200 --timeout 30 --any-failure systemctl is-active nginx
              volley -H db1,db2 --script ./check.sh -- --verbose /var/lib
              volley -H '@web!web3' --filter rack=r1 --dry-run systemctl restart nginx
              volley push -H 'web[1-8]' app.conf certs/ /etc/app/
              volley -H 'web[1-8]' -k --output stream ./deploy.sh
              volley pull -H 'web[1-8]' '/var/log/nginx/*.log' logs
              volley pull -g -H 'web[1-8]' /etc/ssh/sshd_config
              volley -H @last:failed journalctl -n 20
              volley -H 'web[1-8]' --via local:2 uptime

            Exit code: that of the main rank (the first host, or --main-rank), or according to the option chosen above;
            130 after Ctrl+C, 143 after TERM, 129 after HUP, 131 after QUIT, 141 if standard output was closed, 2 for a usage error.
            A host's code is its command's exit code, 128 + N for signal N, 124 for a timeout, 255 if it could not be reached.

            """).ToString();
    }

    /// <summary>Returns the help of a verb with options of its own.</summary>
    public static string ForGroups(IReadOnlyList<OptionGroup> groups, string usage)
    {
        var text = new StringBuilder(usage).AppendLine();
        foreach (var group in groups)
            AppendGroup(text, group);
        return text.ToString();
    }

    private static void AppendGroup(StringBuilder text, OptionGroup group)
    {
        text.AppendLine().Append(group.Title).AppendLine(":");
        foreach (var option in group.Options)
            AppendOption(text, option);
    }

    private static void AppendOption(StringBuilder text, Option option)
    {
        var name = option.LongName ?? "";
        var names = option.Letter is not { } letter ? $"    {name}" : name.Length == 0 ? letter : $"{letter}, {name}";
        var usage = option.ValueName is { } value ? $"  {names} {value}"
            : option.OptionalValueName is { } optional ? $"  {names}[={optional}]"
            : $"  {names}";
        text.Append(usage.PadRight(NameColumn - 1)).Append(' ').Append(option.Help);
        if (option.Default is { } standard)
            text.Append(" (").Append(standard).Append(')');
        text.AppendLine();
    }
}
