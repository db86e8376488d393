using Volley.Cli.Pdsh.Hosts;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh;

/// <summary>The listing of <c>-q</c>. Scripts read the hosts from its last line.</summary>
internal static class PdshSettings
{
    public static IEnumerable<string> Lines(PdshArguments arguments, PdshTargets targets, PdshContext context)
    {
        var names = targets.All.Select(target => target.Port is null ? target.Host : $"{target.Host}:{target.Port}");
        var path = Program(context);
        return
        [
            .. context.Verb.IsCopy ? CopyLines(arguments) : CommandLines(arguments, context),
            $"Full program pathname\t{path}",
            $"Remote program path\t{arguments.RemoteProgram ?? path}",
            "",
            "-- Generic options --",
            $"Local username\t\t{context.UserName}",
            $"Local uid     \t\t{Accounts.UserId()}",
            $"Remote username\t\t{arguments.User ?? context.UserName}",
            $"Rcmd type\t\t{arguments.RcmdType}",
            $"one ^C will kill pdsh   {YesOrNo(arguments.IsBatch)}",
            $"Connect timeout (secs)\t{arguments.ConnectTimeout}",
            $"Command timeout (secs)\t{arguments.CommandTimeout}",
            $"Fanout\t\t\t{arguments.FanOut}",
            $"Display hostname labels\t{YesOrNo(arguments.HasLabels)}",
            $"Debugging       \t{YesOrNo(arguments.HasDetails)}",
            "",
            "-- Target nodes --",
            arguments.Expands ? string.Join(',', names) : HostFold.Write(names),
        ];
    }

    private static string[] CommandLines(PdshArguments arguments, PdshContext context) =>
    [
        "-- DSH-specific options --",
        "Separate stderr/stdout\tYes",
        $"Path prepended to cmd\t{(context.Variable("DSHPATH") is { } value ? $"PATH={value};" : "none")}",
        "Appended to cmd         none",
        $"Command:\t\t{(arguments.Command.Count > 0 ? string.Join(' ', arguments.Command) : "none")}",
    ];

    private static string[] CopyLines(PdshArguments arguments) =>
    [
        "-- PCP-specific options --",
        $"Infile(s)\t\t{string.Join(", ", arguments.Command.SkipLast(1))}",
        $"Outfile\t\t\t{arguments.Command[^1]}",
        $"Recursive\t\t{YesOrNo(arguments.IsRecursive)}",
        $"Preserve mod time/mode\t{YesOrNo(arguments.Preserves)}",
    ];

    private static string YesOrNo(bool value) => value ? "Yes" : "No";

    /// <summary>Returns the path of the program under the name by which it was called.</summary>
    private static string Program(PdshContext context)
    {
        if (context.CalledAs.Contains('/', StringComparison.Ordinal))
            return SystemFile.FullPath(context.CalledAs);
        return ProgramPath.FindAll(context.CalledAs, context.Variable("PATH")).FirstOrDefault() ?? Environment.ProcessPath ?? context.CalledAs;
    }
}
