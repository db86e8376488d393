using Volley.Cli.Terminal;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Cli;

/// <summary>The environment of the program: its variables, its terminal, its standard input.</summary>
internal sealed record ProgramEnvironment
{
    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    public required bool StdinIsTerminal { get; init; }

    public required bool StdoutIsTerminal { get; init; }

    public required bool StderrIsTerminal { get; init; }

    /// <summary>Returns the value of an environment variable; null if it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Opens standard input, which is not accessed before.</summary>
    public required Func<Stream> OpenStandardInput { get; init; }

    /// <summary>Asks for a password on the terminal.</summary>
    public required Func<SshPassword> AskPassword { get; init; }

    /// <summary>
    /// Asks for the passphrase of a key on the terminal, given the path of the key and whether it was asked for before. Returns null if there is no
    /// terminal, or nothing was typed.
    /// </summary>
    public required PassphraseCallback AskPassphrase { get; init; }

    /// <summary>Asks a question on the terminal, and returns the answer; null if there is no terminal.</summary>
    public Func<string, string?> Ask { get; init; } = _ => null;

    /// <summary>Returns whether there is a terminal to ask on.</summary>
    public Func<bool> HasTerminal { get; init; } = () => false;

    /// <summary>Asks for a secret on the terminal, without echo; returns null if there is no terminal.</summary>
    public Func<string, string?> AskSecret { get; init; } = _ => null;

    /// <summary>Answers the questions of hosts during a run: on the terminal.</summary>
    public SshPromptCallback AnswerPrompt { get; init; } = (_, _) => new((byte[]?)null);

    /// <summary>Asks for a password on the terminal, without echo; returns null if there is no terminal, or nothing was typed.</summary>
    public Func<string, SshPassword?> AskOptionalPassword { get; init; } = _ => null;

    /// <summary>Prints a line on standard error at once.</summary>
    public Action<string> Report { get; init; } = _ => { };

    /// <summary>Standard input as text, opened by the first read.</summary>
    public TextReader StandardInput => field ??= new DeferredReader(OpenStandardInput);

    /// <summary>Whether the terminal can't move its cursor.</summary>
    public bool TerminalIsDumb => Variable("TERM") is "dumb";

    /// <summary>Whether the terminal can display more than ASCII.</summary>
    public bool TerminalIsUnicode => IsUnicode(Variable);

    /// <summary>Returns whether the locale indicates a terminal that decodes UTF-8 (locale(7)).</summary>
    public static bool IsUnicode(Func<string, string?> variable) =>
        LocaleVariables.Select(variable).FirstOrDefault(value => value is { Length: > 0 }) is { } locale
        && (locale.Contains("utf-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase));

    /// <summary>A pseudo-terminal with the type and size of the program's terminal, or a dumb one of 80 by 24 if there is none.</summary>
    public PseudoTerminal Terminal
    {
        get
        {
            var terminal = Variable("TERM") is { Length: > 0 } type ? new PseudoTerminal(type) : new PseudoTerminal();
            OwnTerminal.Fit(terminal);
            return terminal;
        }
    }

    /// <summary>Checks the name of the socket connector. An unknown name must not fall back to the default, which would falsify a measurement.</summary>
    /// <exception cref="UsageException">The connector does not exist.</exception>
    public void CheckSockets()
    {
        if (Variable(SocketVariable.Name) is { Length: > 0 } name && !SocketVariable.IsSupported(name))
            throw new UsageException($"unexpected '{name}' in {SocketVariable.Name}; use epoll or platform, or unset it");
    }

    /// <summary>A reader of lines that opens its stream at the first read, because a background job is stopped as soon as it accesses its terminal.</summary>
    /// <param name="open">Opens the stream.</param>
    internal sealed class DeferredReader(Func<Stream> open) : TextReader
    {
        private SystemTextReader? _reader;

        public override int Read() => throw new NotSupportedException("only whole lines are read");

        public override string? ReadLine() => (_reader ??= new SystemTextReader(open(), RegularFile.MaxLength)).ReadLine();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _reader?.Dispose();
            base.Dispose(disposing);
        }
    }
}
