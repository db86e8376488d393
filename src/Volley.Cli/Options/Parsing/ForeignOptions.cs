namespace Volley.Cli.Options.Parsing;

/// <summary>Hints for options of pdsh, clush, pssh and rsync that have another name here.</summary>
internal static class ForeignOptions
{
    private const string HostFile = "-H ^FILE";
    private const string Parallel = "--parallel";
    private const string ConnectTimeout = "--connect-timeout";
    private const string CommandTimeout = "--timeout";
    private const string LargestCode = "--any-failure";
    private const string Files = "--output-dir";

    /// <summary>The options of pdsh that the native front end lacks.</summary>
    private static readonly string[] OfPdsh =
        ["-w", "-f", "-u", "-t", "-R", "-S", "-X", "-Q", "-M", "-L", "-K", "-d", "-V", "-T", "-j", "-P"];

    /// <summary>Options of cp, scp and rsync that state what copies do anyway.</summary>
    private static readonly string[] OfCopies = ["-r", "--archive", "--recursive", "--times", "--perms", "--links"];

    private static readonly Dictionary<string, string> Names = new()
    {
        ["-w"] = "-H/--hosts",
        ["-n"] = "--dry-run, or --changes of volley sync",
        ["-X"] = "-x/--exclude",
        ["-f"] = Parallel,
        ["-t"] = ConnectTimeout,
        ["-u"] = CommandTimeout,
        ["-R"] = "--transport",
        ["-S"] = LargestCode,
        ["-V"] = "--version",
        ["-B"] = "-g",
        ["-L"] = "--output stream",
        ["-O"] = "-o",
        ["-I"] = "--stdin",
        ["-e"] = Files,
        ["--askpass"] = "--password",
        ["--command_timeout"] = CommandTimeout,
        ["--connect_timeout"] = ConnectTimeout,
        ["--errdir"] = Files,
        ["--fanout"] = Parallel,
        ["--host"] = "-H/--hosts",
        ["--hostfile"] = HostFile,
        ["--hostlist"] = "-H/--hosts",
        ["--line"] = "--output stream",
        ["--machinefile"] = HostFile,
        ["--maxrc"] = LargestCode,
        ["--options"] = "-o",
        ["--outdir"] = Files,
        ["--par"] = Parallel,
        ["--print"] = "--output normal",
        ["--rsh"] = "--transport",
        ["--send-input"] = "--stdin",
        ["--worker"] = "--transport",
    };

    /// <summary>Returns a replacement for an unknown option, to end a message with; null if no such tool has the option.</summary>
    public static string? Hint(string name)
    {
        var pdsh = OfPdsh.Contains(name) ? " For pdsh's own options: volley pdsh ..." : "";
        if (OfCopies.Contains(name))
            return "copies include directories, and keep modes and times, without an option";
        if (Names.TryGetValue(name, out var ours))
            return $"did you mean {ours}?{pdsh}";
        return pdsh.Length > 0 ? $"see volley --help.{pdsh}" : null;
    }
}
