using Volley.Cli.Options.Parsing;
using Volley.Interop.Text;
using Volley.Inventory;

namespace Volley.Cli.Options.Configured;

/// <summary>The configuration files of a command line. If there are none, nothing is parsed.</summary>
internal static class ConfigurationFiles
{
    /// <summary>The value of <c>--config</c> for no file.</summary>
    public const string None = "none";

    /// <summary>Returns the files that are read, the one with the highest precedence first.</summary>
    /// <param name="file">The value of <c>--config</c>; null if it is not given.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    public static IReadOnlyList<string> Find(string? file, Func<string, string?> variable) => file switch
    {
        None => [],
        null => [.. ConfigurationReader.GetPaths(variable).Distinct().Where(SystemFile.Exists)],
        _ => [file],
    };

    /// <summary>Reads the files.</summary>
    /// <param name="options">The options that the files can set.</param>
    /// <param name="file">The value of <c>--config</c>; null if it is not given.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="ConfigurationException">A file can't be read or is invalid.</exception>
    public static VolleyConfiguration Read(IReadOnlyList<Option> options, string? file, Func<string, string?> variable)
    {
        var paths = Find(file, variable);
        return paths.Count == 0 ? VolleyConfiguration.Empty : CreateReader(options, variable).Read(paths);
    }

    /// <summary>Creates a reader for files that set options.</summary>
    public static ConfigurationReader CreateReader(IReadOnlyList<Option> options, Func<string, string?> variable) =>
        new([.. options.Select(option => option.Key).OfType<string>()], variable);
}
