using System.Text;

namespace Volley.Testing;

/// <summary>What to start and how; for <see cref="PtyProgram"/> and <see cref="ProgramRun"/> alike.</summary>
/// <param name="Program">A path, or a name that is looked up on PATH.</param>
/// <param name="Arguments">The arguments after the program's name.</param>
public sealed record ProgramStart(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Variables set on top of our own environment; null takes one away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Start without any variable of ours.</summary>
    public bool CleanEnvironment { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>Standard input of a <see cref="ProgramRun"/>, closed after it; null leaves it open for <see cref="ProgramRun.Type"/>.</summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>Send standard output to this file (created or emptied) instead.</summary>
    public string? StdoutFile { get; init; }

    /// <summary>On a terminal: only stdin and stderr are the terminal, stdout is a pipe of its own.</summary>
    public bool StdoutToPipe { get; init; }

    /// <summary>Leave stdout unread until it is asked for, so that the program meets a pipe that is full.</summary>
    public bool HoldStdout { get; init; }

    /// <summary>Size of the terminal.</summary>
    public int Columns { get; init; } = 80;

    /// <summary>Size of the terminal.</summary>
    public int Rows { get; init; } = 24;

    /// <summary>The built program with these arguments.</summary>
    public static ProgramStart Volley(params IReadOnlyList<string> arguments) => new(BuiltProgram.Path, arguments);

    /// <summary>A shell that runs a line.</summary>
    public static ProgramStart Shell(string line) => new("/bin/sh", "-c", line);

    /// <summary>The same start with a text as its standard input.</summary>
    public ProgramStart WithInput(string text) => this with { Input = Encoding.UTF8.GetBytes(text) };

    /// <summary>The same start with one more variable.</summary>
    public ProgramStart WithVariable(string name, string? value) =>
        this with { Environment = new Dictionary<string, string?>(Environment) { [name] = value } };
}
