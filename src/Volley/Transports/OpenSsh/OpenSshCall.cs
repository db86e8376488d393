namespace Volley.Transports.OpenSsh;

/// <summary>What goes into the argument array of one ssh beside what the user says.</summary>
/// <param name="Version">What it understands: an option that it does not know would end it.</param>
/// <param name="ConfigPath">The configuration file that it reads.</param>
/// <param name="LogPath">What it is given as the name of its log.</param>
internal readonly record struct OpenSshCall(OpenSshVersion Version, string ConfigPath, string LogPath)
{
    /// <summary>Whether it may ask for a password.</summary>
    public bool AsksForPassword { get; init; }
}
