namespace Volley.Cli.Pdsh;

/// <summary>The usage text, for <c>-h</c> and after an invalid command line.</summary>
internal static class UsageText
{
    private static readonly string[] Running =
    [
        "Usage: pdsh [-options] command ...",
        "-S                the exit code is the largest of the remote commands'",
        "-k                end all at the first host that fails",
    ];

    private static readonly string[] Copying =
    [
        "-r                copy directories with all that they contain",
        "-p                keep modes and times",
        "-e PATH           accepted, as the hosts need no pdcp",
        "-z                receive files, as the pdcp of another machine asks for",
    ];

    private static readonly string[] Standard =
    [
        "-h                this text",
        "-V                the version",
        "-q                list the settings and the folded hosts, do nothing else",
        "-Q                the same, with every host",
        "-b                batch mode: one ^C ends all",
        "-d                times and counts at the end, more at ^C",
        "-l user           log in as user",
        "-t seconds        limit for connecting (default 10)",
        "-u seconds        limit for the command or copy (default none)",
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
        .. context.Verb switch
        {
            PdshVerb.Push => ["Usage: pdcp [-options] src [src2...] dest", .. Copying],
            PdshVerb.Pull => ["Usage: rpdcp [-options] src [src2...] dir", .. Copying],
            _ => Running,
        },
        .. Standard,
        .. Modules.GroupProvider(arguments, context) == Modules.Genders
            ? Genders
            : ["-g group,...      target hosts in " + Modules.Title(Modules.GroupProvider(arguments, context)), "-X group,...      exclude them"],
        "-j jobid,...      target hosts of Slurm jobs",
        "-P partition,...  target hosts of Slurm partitions",
        "-C feature,...    keep only hosts with Slurm features",
        $"available rcmd modules: {string.Join(',', Rcmd.GetNames(context.Verb))} (default: {Rcmd.Default})",
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
