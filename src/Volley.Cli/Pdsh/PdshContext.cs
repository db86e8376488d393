namespace Volley.Cli.Pdsh;

/// <summary>What is around the program, as its messages and its settings need it.</summary>
internal sealed record PdshContext
{
    /// <summary>Looks up an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The name by which the program was called, as it was typed.</summary>
    public required string CalledAs { get; init; }

    /// <summary>Whoever runs it.</summary>
    public string UserName => field ??= Environment.UserName;

    /// <summary>Writes a line to standard error.</summary>
    public required Action<string> Warn { get; init; }

    /// <summary>Opens standard input; until then it is not touched.</summary>
    public required Func<Stream> OpenStandardInput { get; init; }

    /// <summary>This machine's name without its domain.</summary>
    public string LocalHost => field ??= Environment.MachineName.Split('.', 2)[0];

    /// <summary>A message of the program's own: <c>pdsh@LOCAL: text</c>.</summary>
    public string Says(string text) => $"pdsh@{LocalHost}: {text}";

    public PdshException Fails(string text) => new(Says(text));
}
