namespace Volley.Cli.Pdsh;

/// <summary>The usage text, for <c>-h</c> and after an invalid command line.</summary>
internal static class UsageText
{
    private static readonly string[] Standard =
    [
        "Usage: pdsh [-options] command ...",
        "-S                the exit code is the largest of the remote commands'",
        "-k                end all at the first host that fails",
        "-h                this text",
        "-V                the version",
        "-q                list the settings and the folded hosts, run nothing",
        "-Q                the same, with every host",
        "-b                batch mode: one ^C ends all",
        "-d                times and counts at the end, more at ^C",
        "-l user           run the remote commands as user",
        "-t seconds        limit for connecting (default 10)",
        "-u seconds        limit for the command (default none)",
        "-f n              how many hosts at once (default 32)",
        "-w host,host,...  the hosts; -host, ^file, /regex/ and - have their meaning",
        "-x host,host,...  hosts to leave out",
        "-R name           how hosts are reached",
        "-M name,...       which modules come first",
        "-N                no host: in front of lines",
        "-K                keep the domain in it",
        "-L                list the modules",
    ];

    public static IEnumerable<string> Lines(PdshArguments arguments, PdshContext context) =>
    [
        .. Standard,
        .. Modules.GroupProvider(arguments, context) == Modules.Genders
            ? Genders
            : ["-g group,...      target hosts in " + Modules.Title(Modules.GroupProvider(arguments, context)), "-X group,...      exclude them"],
        "-j jobid,...      target hosts of Slurm jobs",
        "-P partition,...  target hosts of Slurm partitions",
        "-C feature,...    keep only hosts with Slurm features",
        $"available rcmd modules: {Rcmd.Ssh},{Rcmd.Exec} (default: {Rcmd.Default})",
    ];

    private static readonly string[] Genders =
    [
        "-g query,...      target hosts that a genders query finds",
        "-X query,...      leave out hosts that a genders query finds",
        "-F file           the genders file",
        "-i                canonical for alternate host names, and the other way round",
        "-a                all hosts of the genders file but those with pdsh_all_skip",
        "-A                all hosts of the genders file",
    ];
}
