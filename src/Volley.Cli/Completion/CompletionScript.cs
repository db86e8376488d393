namespace Volley.Cli.Completion;

/// <summary>Completion scripts for shells. They get the suggestions from the program itself, so they are never out of date.</summary>
internal static class CompletionScript
{
    /// <summary>The supported shells.</summary>
    public static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>Returns the script for a shell.</summary>
    /// <exception cref="UsageException">The shell is not supported, or the arguments are not the name of one shell.</exception>
    public static string For(IReadOnlyList<string> arguments) => arguments is [var shell] ? shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => throw new UsageException($"no completion for '{shell}'; supported shells are bash, zsh and fish"),
    }
    : throw new UsageException("completion takes the name of a shell: bash, zsh or fish");

    // Names are read as lines and never expanded: a known_hosts file can hold anything.
    private const string Bash = """
        # volley completion for bash; to use it: source <(volley completion bash)
        _volley() {
            mapfile -t COMPREPLY < <(command volley "[bash:$COMP_TYPE]" "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
            case ${COMPREPLY[0]-} in
                '[files]') COMPREPLY=(); compopt -o default ;;
                '[directories]') COMPREPLY=(); compopt -o dirnames -o filenames ;;
                '') COMPREPLY=() ;;
                *[:/=]) [ ${#COMPREPLY[@]} -gt 1 ] || compopt -o nospace ;;
            esac 2>/dev/null
            return 0
        }
        complete -F _volley volley

        """;

    // The lines of the program are "argument TAB line of the list". No space follows an argument that ends with a slash, a colon or "=".
    private const string Zsh = """
        #compdef volley
        # volley completion for zsh; to use it: source <(volley completion zsh)
        _volley() {
            local -a found open shown arguments lines
            local code=1
            found=("${(@f)$(command volley "[zsh:$COLUMNS]" "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
            case $found[1] in
                '') return 1 ;;
                '[files]') compset -P '--*='; _files; return ;;
                '[directories]') compset -P '--*='; _files -/; return ;;
            esac
            [[ -n ${(M)found:#*'  -- '*} ]] && lines=(-l)
            open=("${(@M)found:#*[:/=]$'\t'*}") found=("${(@)found:#*[:/=]$'\t'*}")
            if (( $#found )); then
                arguments=("${(@)found%%$'\t'*}") shown=("${(@)found#*$'\t'}")
                compadd $lines -d shown -a arguments && code=0
            fi
            if (( $#open )); then
                arguments=("${(@)open%%$'\t'*}") shown=("${(@)open#*$'\t'}")
                compadd $lines -S '' -d shown -a arguments && code=0
            fi
            return code
        }
        if [ "$funcstack[1]" = _volley ]; then
            _volley "$@"
        else
            (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
            compdef _volley volley
        fi

        """;

    private const string Fish = """
        # volley completion for fish; to use it: volley completion fish | source
        function __volley_complete
            set -l found (command volley '[fish]' (commandline -pc) 2>/dev/null)
            set -l start (string match -r -- '^--[^=]+=' (commandline -ct))
            set -l rest (string replace -r -- '^--[^=]+=' '' (commandline -ct))
            switch "$found[1]"
                case '[files]'
                    string replace -r -- '^' "$start" (__fish_complete_path "$rest")
                case '[directories]'
                    string replace -r -- '^' "$start" (__fish_complete_directories "$rest")
                case ''
                case '*'
                    printf '%s\n' $found
            end
        end
        complete -c volley -f -a '(__volley_complete)'

        """;
}
