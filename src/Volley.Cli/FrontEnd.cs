using Volley.Cli.Dshbak;
using Volley.Cli.Pdsh;
using Volley.Cli.Terminal;

namespace Volley.Cli;

/// <summary>A front end other than volley's own, selected by the name of the program or by its first argument.</summary>
/// <param name="RunAsync">Runs the front end and returns the exit code.</param>
internal sealed record FrontEnd(Func<TerminalWriter, Task<int>> RunAsync)
{
    public const string Pdsh = "pdsh";
    public const string Pdcp = "pdcp";
    public const string Rpdcp = "rpdcp";
    public const string Dshbak = "dshbak";

    /// <summary>Returns the front end for a command line; null for volley's own.</summary>
    /// <param name="program">The name by which the program was called, with or without a directory.</param>
    /// <param name="arguments">The arguments.</param>
    public static FrontEnd? Find(string program, string[] arguments) =>
        Find(Path.GetFileName(program), program, arguments)
        ?? (arguments is [Pdsh or Pdcp or Rpdcp or Dshbak, .. var rest] ? Find(arguments[0], Environment.ProcessPath ?? program, rest) : null);

    private static FrontEnd? Find(string name, string program, string[] arguments)
    {
        return name switch
        {
            Pdsh or "dsh" => Create(PdshVerb.Run),
            Pdcp or "dcp" => Create(PdshVerb.Push),
            Rpdcp => Create(PdshVerb.Pull),
            Dshbak => new FrontEnd(writer => new DshbakProgram(writer).RunAsync(arguments)),
            _ => null,
        };

        FrontEnd Create(PdshVerb verb) => new(writer => new PdshProgram(verb, program, writer).RunAsync(arguments));
    }
}
