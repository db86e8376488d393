using System.Collections.Immutable;

namespace Volley;

/// <summary>What is done at every target of a run.</summary>
public abstract record Job;

/// <summary>Connects and authenticates, and runs nothing.</summary>
public sealed record PingJob : Job;

/// <summary>Runs one command.</summary>
/// <param name="Words">The words of the command, at least one.</param>
public sealed record CommandJob(ImmutableArray<string> Words) : Job
{
    private readonly bool _quoteWords;

    /// <summary>What a remote shell is given: the words joined with one space, as ssh(1) does it.</summary>
    public string CommandLine => string.Join(' ', _quoteWords ? Words.Select(Quote) : Words);

    /// <summary>What every target reads as its standard input, or null for an input that is at its end from the start.</summary>
    public StandardInput? Input { get; init; }

    /// <summary>The terminal that the command runs on, which gets a hang-up when we end it; null for none. Its standard output and standard error come together.</summary>
    public PseudoTerminal? Terminal { get; init; }

    /// <summary>
    /// Variables of the command's environment, by name. A server takes those that it allows (AcceptEnv in sshd_config(5)),
    /// drops the others, and does not say which.
    /// </summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Feeds a script to the target's <c>sh</c>.</summary>
    /// <param name="script">The text of the script.</param>
    /// <param name="arguments">The script's arguments, which it sees as they are: they are quoted for the remote shell.</param>
    public static CommandJob Script(StandardInput script, IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(script);
        return new CommandJob(["sh", "-s", "--", .. arguments], quoteWords: true) { Input = script };
    }

    private CommandJob(ImmutableArray<string> words, bool quoteWords)
        : this(words)
    {
        _quoteWords = quoteWords;
    }

    /// <summary>A word that any POSIX shell reads as itself.</summary>
    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:=@%+,".Contains(c, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
