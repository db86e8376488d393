using System.Collections.Immutable;
using Volley.Interop.Text;

namespace Volley.Scripts;

/// <summary>
/// The program that runs a script, and how the script reaches it: on standard input if the program is known to read a script there,
/// else as a temporary file. Login shells differ in how they parse arguments, so the script's arguments bypass the login shell: they
/// precede the script on standard input, where only <c>sh</c> reads them.
/// </summary>
internal sealed class ScriptInterpreter
{
    /// <summary>
    /// Keeps the script in a private file while it runs. If this shell is killed, its descriptor 9 is closed, and a shell in a session
    /// of its own, whose read then ends, removes the file. Opening descriptor 9 blocks until that shell has opened the pipe.
    /// </summary>
    private const string FileProgram = """
        u=$(umask); umask 077
        d=$(mktemp -d) || exit 126
        trap 'rm -rf "$d"' EXIT
        for s in HUP INT TERM; do trap "rm -rf \"\$d\"; trap - EXIT $s; kill -$s \$\$" $s; done
        cat >"$d/script" && chmod 700 "$d/script" || exit 126
        if command -v setsid >/dev/null 2>&1 && mkfifo "$d/alive"; then
        setsid sh -c 'read -r x <"$1/alive"; rm -rf "$1"' sh "$d" </dev/null >/dev/null 2>&1 &
        exec 9>"$d/alive"
        fi
        umask "$u"; s=0
        @ "$d/script" "$@" </dev/null 9>&- || s=$?
        exit "$s"
        """;

    /// <summary>Programs that read a script from standard input, by the prefix of their names, and the options that do not change this.</summary>
    private static readonly (string Name, string Options)[] InputReaders = [("python", "bBdEIOqsSuv"), ("perl", "wWtTX"), ("ruby", "wW")];

    private static readonly string[] Shells = ["sh", "ash", "bash", "dash", "ksh", "mksh", "zsh"];
    private const string ShellOptions = "aefhuvx";

    private readonly ImmutableArray<string> _words;
    private readonly ImmutableArray<string> _inputWords;
    private readonly bool _isPlainShell;

    private ScriptInterpreter(ImmutableArray<string> words)
    {
        _words = words;
        _inputWords = InputWords(words);
        _isPlainShell = words is ["sh"];
    }

    /// <summary>Parses the text after <c>#!</c>. The default is <c>sh</c>.</summary>
    public static ScriptInterpreter Parse(string? text)
    {
        var words = text?.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries) ?? [];
        return new(words is [] or ["/bin/sh"] or ["/usr/bin/sh"] or ["/usr/bin/env", "sh"] ? ["sh"] : [.. words]);
    }

    /// <summary>The command line for a host's login shell.</summary>
    public string CommandLine => _isPlainShell ? "exec sh -s" : LoginShell.ReadProgram;

    /// <summary>Returns the bytes that precede the script on the standard input of <see cref="CommandLine"/>.</summary>
    /// <param name="arguments">The words of <c>sh</c> for the arguments.</param>
    public byte[] Preamble(IReadOnlyCollection<string> arguments)
    {
        var set = string.Join(' ', ["set --", .. arguments]);
        if (_isPlainShell)
            // On the first line of the script, so that line numbers in the shell's messages are the author's.
            return arguments.Count == 0 ? [] : SystemText.Encode(set + "; ");
        var run = _inputWords.IsEmpty ? Program() : $"exec {Quoted([.. _words, .. _inputWords])} \"$@\"";
        return LoginShell.ProgramToRead($"{set}\n{run}");
    }

    /// <summary>Returns the arguments of a local process that reads only the script.</summary>
    public ImmutableArray<string> GetLocalArguments(IReadOnlyCollection<string> arguments) =>
        _inputWords.IsEmpty ? ["sh", "-c", Program(), "sh", .. arguments] : [.. _words, .. _inputWords, .. arguments];

    /// <summary>Returns the command as a user would type it, for display.</summary>
    public string Title(IReadOnlyCollection<string> arguments) =>
        Quoted([.. _words, .. _inputWords.IsEmpty ? ["-"] : _inputWords, .. arguments]);

    private string Program() => FileProgram.Replace("@ ", Quoted(_words) + " ", StringComparison.Ordinal);

    private static string Quoted(IEnumerable<string> words) => string.Join(' ', words.Select(ShellWord.Quote));

    /// <summary>Returns the arguments that make the program read a script from standard input; empty if it may not be able to.</summary>
    private static ImmutableArray<string> InputWords(ImmutableArray<string> words)
    {
        var first = 0;
        if (NameOf(words[0]) == "env")
        {
            do
                first++;
            while (first < words.Length && (words[first].StartsWith('-') || words[first].Contains('=', StringComparison.Ordinal)));
        }

        if (first == words.Length)
            return [];
        var (name, options) = (NameOf(words[first]), words[(first + 1)..]);
        if (Shells.Contains(name))
            return AreAmong(ShellOptions) ? ["-s", "--"] : [];
        var reader = Array.Find(InputReaders, reader => name.StartsWith(reader.Name, StringComparison.Ordinal));
        return reader.Name is not null && AreAmong(reader.Options) ? ["-"] : [];

        bool AreAmong(string letters) => options.All(option =>
            option is ['-', _, ..] && option.AsSpan(1).IndexOfAnyExcept(letters) < 0);
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
