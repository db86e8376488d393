using System.Globalization;

namespace Volley.Transports.Exec;

/// <summary>The names and numbers of Linux signals. The names are without "SIG".</summary>
internal static class Signals
{
    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>Returns the name of a signal, or its number if it has no name.</summary>
    public static string Name(int number) =>
        number > 0 && number < Names.Length ? Names[number] : number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Returns the number of a signal.</summary>
    /// <exception cref="NotSupportedException">There is no such signal.</exception>
    public static int Number(string name) => Array.IndexOf(Names, name) is > 0 and var number
        ? number
        : throw new NotSupportedException($"no signal {name}");
}
