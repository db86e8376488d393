namespace Volley.Cli.Pdsh;

/// <summary>The rcmd types: the methods to connect to a host, as named on the command line.</summary>
internal static class Rcmd
{
    public const string Ssh = "ssh";
    public const string Exec = "exec";

    public const string Default = Ssh;

    public static bool IsKnown(string name) => name is Ssh or Exec;
}
