using System.Buffers;
using System.Globalization;
using System.Text;
using Volley.Interop.Text;

namespace Volley.Scripts;

/// <summary>Command lines that sh, bash, zsh, csh and fish parse alike.</summary>
internal static class LoginShell
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz./-");

    /// <summary>The prefix of variables that no shell has.</summary>
    private const string OwnPrefix = "VOLLEY_";

    /// <summary>
    /// Reads a program of the given length from its input and runs it. Every login shell parses this text alike: it has no <c>!</c>,
    /// backslash or newline. <c>exec</c> makes the program the leader of the process group, and sshd signals a group only while its
    /// leader lives.
    /// </summary>
    public const string ReadProgram = "exec sh -c 'read -r n; eval \"$(dd bs=1 count=\"$n\" 2>/dev/null)\"'";

    /// <summary>
    /// Commands that are no aliases, which a start-up file may have defined: no shell expands a word with quotes. csh has no builtin command of a name that
    /// begins with a quote or a backslash, and in fish a backslash may stand for another character.
    /// </summary>
    public const string Test = "t''est", Eval = "e''val", Exec = "ex''ec", ChangeDirectory = "ch''dir";

    /// <summary>Tells whether the login shell has <c>export</c>. The second test is made only in csh, and in a zsh that SHELL does not name.</summary>
    public const string HasExport = Test + " \"$HOME:t\" = \"$HOME\"\":t\" -o \"$SHELL:t\" = zsh || " + Eval + " \"" + Test + " \"'\"$shell\" = \"\"'";

    /// <summary>Returns what <see cref="ReadProgram"/> reads.</summary>
    /// <param name="text">The program, in the language of <c>sh</c>.</param>
    public static byte[] ProgramToRead(string text)
    {
        var program = SystemText.Encode(text);
        return [.. SystemText.Encode(program.Length.ToString(CultureInfo.InvariantCulture) + "\n"), .. program];
    }

    /// <summary>
    /// Returns the beginning of a line that sets variables of the login shell itself, for the rest of the line. fish has <c>export</c>, too; csh
    /// has <c>setenv</c>. The values have no line feeds.
    /// </summary>
    /// <remarks>
    /// Only csh and zsh know modifiers such as <c>:t</c>, and only csh has always a variable <c>shell</c>. In the others it would be an error after <c>set -u</c>,
    /// or a variable of the user. Where <c>&amp;&amp;</c> does not bind as tightly as <c>||</c>, as in csh, the first test fails.
    /// </remarks>
    /// <param name="variables">The variables.</param>
    /// <param name="isUsed">Whether the rest of the line may use them by <c>$NAME</c>.</param>
    public static string Export(IReadOnlyCollection<KeyValuePair<string, string>> variables, bool isUsed)
    {
        if (variables.Count == 0)
            return "";
        var export = "export " + string.Join(' ', variables.Select(variable => $"{variable.Key}={Quote(variable.Value)}"));
        var setenv = string.Join("; ", variables.Select(variable => $"s''etenv {variable.Key} {Quote(variable.Value)}"));
        // The shell has named the variable that is read-only. zsh ends the inner eval then, and only that.
        var guarded = $"{Eval} {Quote(export)} || {Refuse("the variable above")}";
        return $"{HasExport} && {Eval} {Quote(guarded)}; {HasExport} || {Eval} {Quote(setenv)}; {(isUsed ? Check(variables) : "")}";
    }

    /// <summary>Returns the end of a program of <c>sh</c> that becomes the login shell, which runs a line with exported variables.</summary>
    /// <remarks>
    /// fish decodes its environment before it has set its locale, and exports other bytes than it was given. It therefore gets the values in ASCII,
    /// and decodes them itself.
    /// </remarks>
    /// <param name="line">The line for the login shell.</param>
    /// <param name="variables">The variables that are exported.</param>
    public static string Run(string line, IReadOnlyCollection<KeyValuePair<string, string>> variables)
    {
        var program = $"set -- {ShellWord.QuoteAlways(line)}; ";
        KeyValuePair<string, string>[] encoded = [.. variables.Where(variable => variable.Value.AsSpan().ContainsAnyExceptInRange('\u0001', '\u007f'))];
        if (encoded.Length > 0)
        {
            var export = string.Join(' ', encoded.Select(variable => $"{variable.Key}='{EncodeForFish(variable.Value)}'"));
            var decode = string.Concat(encoded.Select(variable => $"eval set -gx {variable.Key} ${variable.Key}; "));
            program += $"case ${{SHELL##*/}} in fish*) export {export}; set -- '{decode}\n'\"$1\";; esac; ";
        }

        return program + "exec \"${SHELL:-/bin/sh}\" -c \"$1\"";
    }

    /// <summary>
    /// Returns the beginning of a line that ends the command if a variable has another value. Each shell has variables of its own, whose values it computes:
    /// <c>UID</c> in bash, <c>status</c> in zsh, csh and fish. The values have no line feeds.
    /// </summary>
    public static string Check(IEnumerable<KeyValuePair<string, string>> variables) => string.Concat(variables
        .Where(one => !one.Key.StartsWith(OwnPrefix, StringComparison.Ordinal) && Ascii.IsValid(one.Value))
        .Select(one => $"{Test} \"${one.Key}\" = {Quote(one.Value)} || {Refuse($"the variable {one.Key}")}; "));

    private static string Refuse(string variable) => $"{Exec} sh -c {Quote($"echo \"volley: the login shell does not let a command have {variable}; use another name\" >&2; exit 126")}";

    /// <summary>
    /// Returns a line that runs a program with the given arguments. <c>sh</c> starts the program, because zsh and csh would run a builtin
    /// command of the same name; <c>exec</c> makes the program the leader of the process group, which sshd signals.
    /// </summary>
    public static string CommandLine(IReadOnlyList<string> words)
    {
        // A name that begins with a dash would be an option of exec.
        var start = words[0].StartsWith('-') ? "" : "exec ";
        return words.Any(word => word.Contains('\n', StringComparison.Ordinal))
            ? $"exec sh -c 'eval \"$(printf %b \"$1\")\"' sh {EncodeForPrintf(start + string.Join(' ', words.Select(ShellWord.QuoteAlways)))}"
            : $"exec sh -c '{start}\"$@\"' sh {string.Join(' ', words.Select(Quote))}";
    }

    /// <summary>
    /// Quotes a word without line feeds. fish gives a backslash a meaning between single quotes, and csh an exclamation mark; before a
    /// backslash outside of quotes all agree.
    /// </summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain))
            return word;
        var text = new StringBuilder(word.Length + 2);
        var isQuoted = false;
        foreach (var character in word)
        {
            if ((character is '\'' or '\\' or '!') == isQuoted)
            {
                text.Append('\'');
                isQuoted = !isQuoted;
            }

            if (!isQuoted)
                text.Append('\\');
            text.Append(character);
        }

        return word.Length == 0 ? "''" : text.Append(isQuoted ? "'" : "").ToString();
    }

    /// <summary>Returns a word that <c>printf %b</c> prints as a text. csh can't have a line feed in a word.</summary>
    private static string EncodeForPrintf(string text) =>
        Quote(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));

    /// <summary>Returns a word of fish, in ASCII.</summary>
    private static string EncodeForFish(string text)
    {
        var encoded = new StringBuilder(text.Length * 2);
        foreach (var value in SystemText.Encode(text))
        {
            if (Plain.Contains((char)value))
                encoded.Append((char)value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"\\X{value:X2}");
        }

        return encoded.ToString();
    }
}
