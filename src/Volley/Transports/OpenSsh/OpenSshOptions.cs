namespace Volley;

/// <summary>The options of <see cref="OpenSshTransport"/>.</summary>
public sealed record OpenSshOptions : SshOptions
{
    /// <summary>Creates the default options.</summary>
    public OpenSshOptions()
    {
    }

    /// <summary>Creates the default options with the given options for connecting.</summary>
    /// <param name="same">The options for connecting.</param>
    public OpenSshOptions(SshOptions same)
        : base(same)
    {
    }

    /// <summary>The ssh program: a path, or a name that is searched for on PATH. The default is <c>ssh</c>.</summary>
    public string Program { get; init; } = "ssh";

    /// <summary>
    /// Whether commands share connections through control masters. Otherwise each command gets its own ssh, which forwards no signals. The
    /// default is true.
    /// </summary>
    public bool Multiplex { get; init; } = true;

    /// <summary>How long connections stay open after their last use, so that later runs find them; null to close them with the run.</summary>
    public TimeSpan? Keep { get; init; }

    /// <summary>The largest number of connections to keep. The least recently used ones are closed first. The default is 256.</summary>
    public int KeepMax { get; init; } = 256;

    /// <summary>
    /// Whether to use connections that are already open: those kept by earlier runs, and the user's own control masters. The default is
    /// true.
    /// </summary>
    public bool Reuse { get; init; } = true;

    /// <summary>The program that ssh starts to get the password. Its Main must begin with <see cref="OpenSsh.TryAnswerPrompt"/>. Null for this program.</summary>
    public string? AskpassProgram { get; init; }
}
