namespace Volley.Transports.OpenSsh;

/// <summary>The part of one ssh's arguments that does not come from the user.</summary>
/// <param name="Version">The version of ssh, which exits at an option that it does not know.</param>
/// <param name="ConfigPath">The path of the configuration file.</param>
/// <param name="LogPath">The path of the log file.</param>
internal readonly record struct OpenSshCall(OpenSshVersion Version, string ConfigPath, string LogPath)
{
    /// <summary>Whether ssh may ask for a password.</summary>
    public bool AsksForPassword { get; init; }
}
