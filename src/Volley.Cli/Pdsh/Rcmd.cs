namespace Volley.Cli.Pdsh;

/// <summary>The ways to reach a host, by their names on the command line.</summary>
internal static class Rcmd
{
    public const string Ssh = "ssh";
    public const string Exec = "exec";

    public const string Default = Ssh;

    public static bool IsKnown(string name) => name is Ssh or Exec;
}
