using System.Text;
using Volley.Interop;

namespace Volley.Scripts;

/// <summary>How a command enters its directory, and reports that it can't.</summary>
internal static class WorkingDirectory
{
    /// <summary>Begins the report on standard error. It is random, so that no output of a command can be taken for it, and begins with a rare byte.</summary>
    public static readonly byte[] Mark = Encoding.ASCII.GetBytes($"\u0001volley-{Sodium.RandomDigits(16)}-");

    /// <summary>The program that prints <see cref="Mark"/> and a letter for the reason. Its argument is the directory.</summary>
    private static readonly string Report =
        $"r=n; test -e \"$1\" && r=f; test -d \"$1\" && r=p; printf \"\\001%s\" \"{Encoding.ASCII.GetString(Mark, 1, Mark.Length - 1)}$r\" >&2; exit 1";

    /// <summary>Returns the beginning of a command line that enters a directory. All login shells parse it alike.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="quote">Quotes a word.</param>
    public static string Enter(string path, Func<string, string> quote)
    {
        // A name alone would be searched for on CDPATH, and a dash would begin an option.
        var name = path.StartsWith('/') ? path : $"./{path}";
        // csh ends at a failure of cd, so what is wrong must be known before.
        return $"test -x {quote($"{name}/.")} || exec sh -c {quote(Report)} sh {quote(name)}; cd {quote(name)} || exit 1; ";
    }

    /// <summary>Returns the arguments that start a local program in a directory.</summary>
    public static IReadOnlyList<string> Enter(string path, IReadOnlyList<string> arguments) =>
        ["sh", "-c", Enter(path, ShellWord.QuoteAlways) + "exec \"$@\"", "sh", .. arguments];

    /// <summary>Returns the cause that a letter stands for.</summary>
    public static string Explain(string path, byte letter) => letter switch
    {
        (byte)'p' => $"the directory {path} can't be entered: permission denied",
        (byte)'f' => $"{path} is not a directory",
        _ => $"there is no directory {path}",
    };
}
