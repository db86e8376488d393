using System.Text;
using System.Text.RegularExpressions;
using Volley.Interop;

namespace Volley.Scripts;

/// <summary>How a command enters its directory, and reports that it can't.</summary>
internal static partial class WorkingDirectory
{
    /// <summary>Begins the report on standard error. It is random, so that no output of a command can be taken for it, and begins with a rare byte.</summary>
    public static readonly byte[] Mark = Encoding.ASCII.GetBytes($"\u0001volley-{Sodium.RandomDigits(16)}-");

    /// <summary>The program that prints <see cref="Mark"/> and a letter for the reason. Its argument is the directory.</summary>
    private static readonly string Report =
        $"r=n; test -e \"$1\" && r=f; test -d \"$1\" && r=p; printf \"\\001%s\" \"{Encoding.ASCII.GetString(Mark, 1, Mark.Length - 1)}$r\" >&2; exit 1";

    /// <summary>Returns the beginning of a command line that enters a directory. All login shells parse it alike.</summary>
    /// <remarks>
    /// A start-up file may define an alias or a function <c>cd</c>. <c>builtin</c> bypasses both in bash, zsh and fish, where <c>command</c> may start a program
    /// of that name; the others have only <c>command</c>. csh has neither, and knows <c>cd</c> by another name, too.
    /// </remarks>
    /// <param name="path">The directory.</param>
    public static string Enter(string path)
    {
        var name = Quote(path, "", LoginShell.Quote);
        const string hasBuiltin = "builtin cd . 2>/dev/null";
        var enter = $"{hasBuiltin} && {LoginShell.Eval} {LoginShell.Quote($"builtin cd {name} || exit 1")}; {hasBuiltin} || command cd {name} || exit 1";
        return Check(path, LoginShell.Quote)
            + $"{LoginShell.HasExport} && {LoginShell.Eval} {LoginShell.Quote(enter)}; {LoginShell.HasExport} || {LoginShell.ChangeDirectory} {name} || exit 1; ";
    }

    /// <summary>Returns the beginning of a program of <c>sh</c> that enters a directory.</summary>
    /// <param name="path">The directory.</param>
    public static string EnterInSh(string path) =>
        $"{Check(path, ShellWord.QuoteAlways)}command cd {Quote(path, "", ShellWord.QuoteAlways)} || exit 1; ";

    /// <summary>Returns the arguments that start a local program in a directory.</summary>
    public static IReadOnlyList<string> Enter(string path, IReadOnlyList<string> arguments) =>
        ["sh", "-c", EnterInSh(path) + "exec \"$@\"", "sh", .. arguments];

    /// <summary>Returns the cause that a letter stands for.</summary>
    public static string Explain(string path, byte letter) => letter switch
    {
        (byte)'p' => $"the directory {path} can't be entered: permission denied",
        (byte)'f' => $"{path} is not a directory",
        _ => $"there is no directory {path}",
    };

    // csh ends at a failure of cd, so what is wrong must be known before.
    private static string Check(string path, Func<string, string> quote) =>
        $"{LoginShell.Test} -x {Quote(path, "/.", quote)} || {LoginShell.Exec} sh -c {quote(Report)} sh {Quote(path, "", quote)}; ";

    /// <summary>Quotes a path, except a home directory at its beginning, which the shell of the command's user replaces.</summary>
    private static string Quote(string path, string suffix, Func<string, string> quote)
    {
        if (Home().Match(path) is { Success: true, Length: var length })
        {
            // A quoted slash would be part of the name.
            var rest = (path[length..] + suffix).TrimStart('/');
            return $"{path[..length]}/{(rest.Length == 0 ? "" : quote(rest))}";
        }

        // A name alone would be searched for on CDPATH, and a dash would begin an option.
        return quote((path.StartsWith('/') ? path : $"./{path}") + suffix);
    }

    [GeneratedRegex("^~(?:[A-Za-z_][A-Za-z0-9_.-]*)?(?=/|\\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Home();
}
