namespace Volley.Transports.OpenSsh;

/// <summary>How the system's ssh is called, and what becomes of its connections.</summary>
public sealed record OpenSshOptions : SshOptions
{
    /// <summary>The defaults.</summary>
    public OpenSshOptions()
    {
    }

    /// <summary>The defaults, for connections such as these.</summary>
    /// <param name="same">How to connect.</param>
    public OpenSshOptions(SshOptions same)
        : base(same)
    {
    }

    /// <summary>The ssh program: a path, or a name that is looked for on PATH.</summary>
    public string Program { get; init; } = "ssh";

    /// <summary>Whether one connection serves many commands, by control masters; else each command gets an ssh of its own, which passes no signals on.</summary>
    public bool Multiplex { get; init; } = true;

    /// <summary>How long connections stay open after their last use, so that later runs find them; null to end them with the run.</summary>
    public TimeSpan? Keep { get; init; }

    /// <summary>How many connections are kept at most; the least recently used are ended first.</summary>
    public int KeepMax { get; init; } = 256;

    /// <summary>Whether connections that are open already are used: those kept by earlier runs, and the user's own control masters.</summary>
    public bool Reuse { get; init; } = true;

    /// <summary>The program that ssh starts to get the password: one whose Main begins with <see cref="Askpass"/>; this one if null.</summary>
    public string? AskpassProgram { get; init; }
}
