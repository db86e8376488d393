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
    /// <exception cref="ArgumentNullException">The options are null.</exception>
    public OpenSshOptions(SshOptions same)
        : base(same ?? throw new ArgumentNullException(nameof(same)))
    {
    }

    /// <summary>The ssh program: a path, or a name that is searched for on PATH. The default is <c>ssh</c>.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string Program { get; init => field = Argument.Text(value, nameof(Program)); } = "ssh";

    /// <summary>
    /// Whether commands share connections through control masters. Otherwise each command gets its own ssh, which forwards no signals. The
    /// default is true.
    /// </summary>
    public bool Multiplex { get; init; } = true;

    /// <summary>How long connections stay open after their last use, so that later runs find them; null to close them with the run.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan? Keep { get; init => field = value is { } time ? Argument.Time(time, nameof(Keep)) : null; }

    /// <summary>The largest number of connections to keep. The least recently used ones are closed first. The default is 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int KeepMax { get; init => field = Argument.AtLeast(0, value, nameof(KeepMax)); } = 256;

    /// <summary>
    /// Whether to use connections that are already open: those kept by earlier runs, and the user's own control masters. The default is
    /// true.
    /// </summary>
    public bool Reuse { get; init; } = true;

    /// <summary>
    /// The program that ssh starts to get the password. Its Main must begin with <see cref="OpenSsh.TryAnswerPrompt"/>. Null for this program.
    /// </summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? AskpassProgram { get; init => field = Argument.Optional(value, nameof(AskpassProgram)); }
}
