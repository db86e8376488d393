using Volley.Cli.Terminal;

namespace Volley.Cli.Pdsh;

/// <summary>The environment of the program.</summary>
internal sealed record PdshContext
{
    /// <summary>Looks up an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The name of the program as it was typed.</summary>
    public required string CalledAs { get; init; }

    /// <summary>What the program does.</summary>
    public required PdshVerb Verb { get; init; }

    /// <summary>The name of the local user.</summary>
    public string UserName => field ??= Environment.UserName;

    /// <summary>Writes a line to standard error.</summary>
    public required Action<string> Warn { get; init; }

    /// <summary>The name of this host without its domain.</summary>
    public string LocalHost => field ??= Environment.MachineName.Split('.', 2)[0];

    /// <summary>Formats a message of the program: <c>pdsh@LOCAL: text</c>.</summary>
    public string Prefix(string text) => $"{Verb.ProgramName}@{LocalHost}: {text}";

    /// <summary>Opens standard input, which is not read before.</summary>
    /// <exception cref="PdshException">Standard input can't be read.</exception>
    public Stream OpenStandardInput() => StandardInputFile.TryOpen(out var error) ?? throw Error(error);

    public PdshException Error(string text) => new(Prefix(text));
}
