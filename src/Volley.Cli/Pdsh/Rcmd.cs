namespace Volley.Cli.Pdsh;

/// <summary>The rcmd types: the methods to connect to a host, as named on the command line.</summary>
internal static class Rcmd
{
    public const string Ssh = "ssh";
    public const string Exec = "exec";

    public const string Default = Ssh;

    /// <summary>Returns whether a type exists. Like pdcp, a copy has none without a host to copy to.</summary>
    public static bool IsKnown(string name, PdshVerb verb) => GetNames(verb).Contains(name);

    public static string[] GetNames(PdshVerb verb) => verb.IsCopy ? [Ssh] : [Ssh, Exec];
}
