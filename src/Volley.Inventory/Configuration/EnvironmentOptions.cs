namespace Volley.Inventory;

/// <summary>Values of options in environment variables: VOLLEY_ and the long name in capitals, with <c>_</c> for <c>-</c>.</summary>
public static class EnvironmentOptions
{
    private const string Prefix = "VOLLEY_";

    // A variable must not name a secret or a command, or remove a safeguard.
    private static readonly string[] Excluded = ["delete", "overwrite", "insecure", "yes"];
    private static readonly string[] ExcludedPrefixes = ["sudo", "password"];

    // A run sets these in the environment of its commands, so they would reach a Volley that such a command starts.
    private static readonly string[] SetByRuns = ["HOST", "RANK", "SIZE", "MAIN", "RUN"];

    /// <summary>Returns the name of the variable of an option, or null if no variable sets it.</summary>
    /// <param name="option">The long name, without dashes in front.</param>
    public static string? GetName(string option)
    {
        ArgumentNullException.ThrowIfNull(option);
        if (Excluded.Contains(option) || Array.Exists(ExcludedPrefixes, prefix => option.StartsWith(prefix, StringComparison.Ordinal)))
            return null;
        string name = option.ToUpperInvariant().Replace('-', '_');
        return SetByRuns.Contains(name) || name.StartsWith("ATTR_", StringComparison.Ordinal) ? null : Prefix + name;
    }

    /// <summary>Returns the values of the options whose variables are set. The place of each is its variable.</summary>
    /// <param name="options">The long names, without dashes in front.</param>
    /// <param name="variable">Returns the value of an environment variable, or null if it is not set.</param>
    public static IReadOnlyDictionary<string, ConfiguredOption> Read(IEnumerable<string> options, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(variable);
        var values = new Dictionary<string, ConfiguredOption>();
        foreach (string option in options)
        {
            if (GetName(option) is { } name && variable(name) is { } value)
                values[option] = new([value], new(name, 0));
        }
        return values;
    }
}
