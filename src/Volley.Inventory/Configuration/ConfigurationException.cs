namespace Volley.Inventory;

/// <summary>The exception for a configuration file that can't be read or is invalid.</summary>
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="place">The file and line.</param>
/// <param name="innerException">The failure of the system, if there is one.</param>
public sealed class ConfigurationException(string message, FilePlace place, Exception? innerException = null)
    : Exception($"{place}: {message}", innerException)
{
    /// <summary>The file and line.</summary>
    public FilePlace Place { get; } = place;
}
