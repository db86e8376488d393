using Volley.Cli.Terminal;
using Volley.Ssh.Sockets;
using Volley.Transports;

namespace Volley.Cli.Options;

/// <summary>What is around the program: its environment, its terminal, its standard input.</summary>
internal sealed record Surroundings
{
    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    public required bool StdinIsTerminal { get; init; }

    public required bool StdoutIsTerminal { get; init; }

    public required bool StderrIsTerminal { get; init; }

    /// <summary>Looks up an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Opens standard input; until then it is not touched.</summary>
    public required Func<Stream> OpenStandardInput { get; init; }

    /// <summary>Asks for a password on the terminal.</summary>
    public required Func<SshPassword> AskPassword { get; init; }

    /// <summary>Asks for the passphrase of a key on the terminal, given its path and whether it was asked before; null where there is no terminal, or nothing was typed.</summary>
    public required Func<string, bool, byte[]?> AskPassphrase { get; init; }

    /// <summary>Standard input as text, opened by the first read.</summary>
    public TextReader StandardInput => field ??= new DeferredReader(OpenStandardInput);

    /// <summary>Whether the terminal can't move its cursor.</summary>
    public bool TerminalIsDumb => Variable("TERM") is "dumb";

    /// <summary>Whether the terminal can show more than ASCII.</summary>
    public bool TerminalIsUnicode => IsUnicode(Variable);

    /// <summary>Whether the locale says that the terminal decodes UTF-8: locale(7).</summary>
    public static bool IsUnicode(Func<string, string?> variable) =>
        LocaleVariables.Select(variable).FirstOrDefault(value => value is { Length: > 0 }) is { } locale
        && (locale.Contains("utf-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase));

    /// <summary>A terminal such as ours, or one of 80 by 24 that can do nothing where we have none.</summary>
    public PseudoTerminal Terminal
    {
        get
        {
            var terminal = Variable("TERM") is { Length: > 0 } type ? new PseudoTerminal(type) : new PseudoTerminal();
            OwnTerminal.Fit(terminal);
            return terminal;
        }
    }

    /// <summary>Checks the name of a connector: a measurement must not get the default instead.</summary>
    /// <exception cref="UsageException">There is no such connector.</exception>
    public void CheckSockets()
    {
        if (Variable(SocketConnector.Variable) is { Length: > 0 } name && SocketConnector.Find(name) is null)
            throw new UsageException($"unexpected '{name}' in {SocketConnector.Variable}; use epoll or platform, or unset it");
    }
}
