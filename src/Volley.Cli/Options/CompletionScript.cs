namespace Volley.Cli.Options;

/// <summary>Completion scripts for shells. They get the suggestions from the program itself, so they are never out of date.</summary>
internal static class CompletionScript
{
    /// <summary>The supported shells.</summary>
    public static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>Returns the script for a shell.</summary>
    /// <exception cref="UsageException">The shell is not supported, or the arguments are not the name of one shell.</exception>
    public static string For(IReadOnlyList<string> arguments) => arguments is [var shell] ? shell switch
    {
        "bash" => """
            # volley completion for bash; to use it: source <(volley completion bash)
            _volley() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(volley "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _volley volley

            """,
        "zsh" => """
            #compdef volley
            # volley completion for zsh; to use it: source <(volley completion zsh)
            _volley() {
                local -a found
                found=("${(@f)$(volley "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                compadd -- $found || _files
            }
            compdef _volley volley

            """,
        "fish" => """
            # volley completion for fish; to use it: volley completion fish | source
            complete -c volley -a '(volley "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'

            """,
        _ => throw new UsageException($"no completion for '{shell}'; supported shells are bash, zsh and fish"),
    }
    : throw new UsageException("completion takes the name of a shell: bash, zsh or fish");
}
