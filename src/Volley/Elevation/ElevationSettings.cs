namespace Volley;

/// <summary>The user as which commands run at a target, and how they become that user.</summary>
public sealed record ElevationSettings
{
    /// <summary>The program that becomes the user. The default is <see cref="ElevationMethod.Sudo"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public ElevationMethod Method { get; init => field = Argument.Defined(value, nameof(Method)); }

    /// <summary>The user. The default is <c>root</c>.</summary>
    /// <exception cref="ArgumentException">The name is empty, begins with a hyphen, or has a NUL.</exception>
    public string User
    {
        get;
        init => field = Argument.Text(value, nameof(User)).StartsWith('-')
            ? throw new ArgumentException("the name of a user does not begin with a hyphen", nameof(User))
            : value;
    } = "root";

    /// <summary>
    /// The password for the program's question; null for none. It is tried at one target first, and sent to others once it was accepted there.
    /// </summary>
    public SshPassword? Password { get; init; }

    /// <summary>
    /// The longest time in which the program starts the command, without the time in which the target waits for the trial of the password at another one.
    /// After it the target fails, and the next one tries the password. The default is 30 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite, or is above 49 days.</exception>
    public TimeSpan StartLimit { get; init => field = Argument.Limit(value, nameof(StartLimit)); } = TimeSpan.FromSeconds(30);
}
